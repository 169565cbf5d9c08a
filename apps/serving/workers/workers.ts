import cluster from 'node:cluster';
import { fileURLToPath } from 'node:url';
import { register } from 'prom-client';
import type { DesiredState, Heartbeat } from '#contracts/events/deployment';
import type { ModelStatistics } from '#contracts/http/inference';
import type { LiveDefinitions } from '#platform/live-definitions';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import type { ServingConfig } from '../config.js';
import type { Acknowledger } from '../deployment/acknowledger.js';
import type { Follower } from '../deployment/follower.js';
import { Acknowledgements } from './acknowledgements.js';
import type { FromWorker, InstanceAnswer, Metric } from './messages.js';
import { isCurrent, metricsText, remaining, sumOfStatistics, together } from './together.js';
import { WorkerProcess } from './worker-process.js';

/** How often it is looked whether the workers are well, and after how many looks a silent one is ended: they say something every two seconds. */
const LOOK_MS = 1000;
const SILENT_LOOKS = 30;
/** One that starts has more to do than to speak. */
const STARTING_LOOKS = 120;
/** Endings within a minute make the next start later, 1 s and doubling to 10. */
const RECENT_MS = 60_000;
const LONGEST_PAUSE_MS = 10_000;
/** So many within that minute, and none that listens: it is not the workers. */
const TOO_MANY_ENDINGS = 3;
/** A worker that drains takes DRAIN_MS and a few seconds; the service as a whole is given up after 25. */
const STOP_MS = 24_000;

export interface WorkersParts {
  readonly config: ServingConfig;
  readonly acknowledger: Pick<Acknowledger, 'publish'>;
  readonly definitions: LiveDefinitions;
  readonly logger: Logger;
}

/**
 * The processes that answer for an instance. They are kept in number, told what is desired, and spoken for: towards heartbeats, health
 * and the desired state this stands in the Follower's place.
 */
export class Workers implements Pick<Follower, 'receive' | 'unreadiness' | 'standing'> {
  readonly loop: Loop;
  private readonly all = new Set<WorkerProcess>();
  private readonly acknowledgements: Acknowledgements<WorkerProcess>;
  /** Of each model the state with the highest generation. */
  private readonly newest = new Map<string, DesiredState>();
  private caughtUp = false;
  private stopping = false;
  /** One has listened; before, nothing is to be gained by another try. */
  private everListened = false;
  private endings: number[] = [];
  /** What workers had counted that have ended. */
  private departed: readonly Metric[] = [];
  private firstListens: () => void = () => undefined;
  private lastEnded: () => void = () => undefined;
  private answer: (path: string) => Promise<InstanceAnswer> = () => Promise.reject(new Error('not started'));

  constructor(private readonly parts: WorkersParts) {
    const { acknowledger, definitions, logger } = parts;
    this.acknowledgements = new Acknowledgements(
      () => this.listening(),
      ({ topic, event }) => {
        const { model, generation } = event;
        const current = (): boolean => !this.stopping && this.newest.get(model)?.generation === generation;
        void acknowledger.publish(topic, event, current);
      },
    );
    definitions.onChange(({ name }) => {
      for (const worker of this.following()) this.define(worker, name);
    });
    this.loop = new Loop({ name: 'workers', everyMs: LOOK_MS, step: async () => this.look(), logger });
  }

  /**
   * Starts them, and resolves when the first one listens.
   * @param answer answers a request for the instance as a whole
   */
  start(answer: (path: string) => Promise<InstanceAnswer>): Promise<void> {
    this.answer = answer;
    const exec = fileURLToPath(new URL('./worker.js', import.meta.url));
    cluster.setupPrimary({ exec, serialization: 'advanced' });
    cluster.on('listening', () => {
      this.everListened = true;
      this.firstListens();
    });
    const started = new Promise<void>((resolve) => {
      this.firstListens = resolve;
    });
    for (let i = 0; i < this.parts.config.SERVING_WORKERS; i++) this.fork();
    return started;
  }

  receive(desired: DesiredState): void {
    const { model, generation } = desired;
    if (generation > (this.newest.get(model)?.generation ?? -1)) {
      this.newest.set(model, desired);
      this.acknowledgements.keepOnly(model, generation);
    }
    for (const worker of this.following()) worker.tell({ kind: 'desired', desired });
  }

  /** Everything that was in the topics at start has been received. */
  haveCaughtUp(): void {
    this.caughtUp = true;
    for (const worker of this.following()) worker.tell({ kind: 'caught-up' });
  }

  unreadiness(): string | null {
    const reasons = this.listening().map(({ beat }) => beat?.unready ?? null);
    if (reasons.length === 0) return 'none of its workers answers yet';
    return reasons.find((reason) => reason !== null) ?? null;
  }

  standing(): Heartbeat['models'] {
    return together(this.listening().map(({ beat }) => beat?.models ?? []));
  }

  count(): { wanted: number; answering: number } {
    return { wanted: this.parts.config.SERVING_WORKERS, answering: this.listening().length };
  }

  /** What is missing of them; null if nothing. */
  missing(): string | null {
    const { wanted, answering } = this.count();
    return answering === wanted ? null : `${answering} of ${wanted} workers answer; the others are being started`;
  }

  /** Why only another process could keep workers alive; null while this one can. */
  lost(): string | null {
    const { length } = this.recentEndings();
    if (this.listening().length > 0 || length < TOO_MANY_ENDINGS) return null;
    return `no worker answers, and ${length} have ended within a minute; the log says why`;
  }

  /** Of the whole instance, in the text exposition format. */
  async metrics(): Promise<string> {
    const figures = await Promise.all([...this.all].map((worker) => worker.count()));
    const own = await register.getMetricsAsJSON();
    return metricsText([own, this.departed, ...figures.map(({ metrics }) => metrics)]);
  }

  async statistics(): Promise<ModelStatistics> {
    const figures = await Promise.all([...this.all].map((worker) => worker.count()));
    return sumOfStatistics(figures.map(({ statistics }) => statistics));
  }

  /** Lets them finish what is under way and send their predictions; resolves when none is left. */
  async stop(): Promise<void> {
    this.stopping = true;
    if (this.all.size === 0) return;
    const ended = new Promise<void>((resolve) => {
      this.lastEnded = resolve;
    });
    const signal = (name: NodeJS.Signals): void => {
      for (const worker of this.all) worker.kill(name);
    };
    signal('SIGTERM');
    const late = setTimeout(() => signal('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(late);
  }

  private listening(): WorkerProcess[] {
    return [...this.all].filter(({ listens }) => listens);
  }

  private following(): WorkerProcess[] {
    return [...this.all].filter(({ follows }) => follows);
  }

  private fork(): void {
    if (this.stopping) return;
    this.all.add(
      new WorkerProcess(
        this.parts.config,
        (message, worker) => this.take(message, worker),
        (how, worker) => this.ended(how, worker),
      ),
    );
  }

  private take(message: FromWorker, worker: WorkerProcess): void {
    switch (message.kind) {
      case 'follows':
        this.bringUpToDate(worker);
        break;
      case 'acknowledgement':
        this.acknowledgements.take(worker, message.acknowledgement);
        break;
      case 'beat':
        worker.beat = message.beat;
        break;
      case 'may-listen':
        this.admit(worker, message.heard, message.beat);
        break;
      case 'ask':
        void this.answer(message.path)
          .catch((error: unknown) => unanswered(error))
          .then((answer) => worker.tell({ kind: 'answer', id: message.id, answer }));
    }
  }

  private bringUpToDate(worker: WorkerProcess): void {
    worker.follows = true;
    for (const model of this.parts.definitions.keys()) this.define(worker, model);
    for (const desired of this.newest.values()) worker.tell({ kind: 'desired', desired });
    if (this.caughtUp) worker.tell({ kind: 'caught-up' });
  }

  private define(worker: WorkerProcess, model: string): void {
    const { definitions } = this.parts;
    const definition = definitions.get(model);
    const revision = definitions.revisionOf(model);
    if (definition !== undefined) worker.tell({ kind: 'defined', defined: { model, revision, definition } });
  }

  /**
   * A worker listens once it acts by everything that was sent; from then on acknowledgements wait for it. Where nobody else answers it
   * may be behind, as an instance may: health has to be answered.
   */
  private admit(worker: WorkerProcess, heard: number, beat: Heartbeat): void {
    if (heard !== worker.told || this.stopping) return;
    if (!isCurrent(beat.models) && this.listening().length > 0) return;
    worker.beat = beat;
    worker.listens = true;
    worker.tell({ kind: 'listen' });
    this.acknowledgements.settle();
  }

  private ended(how: number | string, worker: WorkerProcess): void {
    const { logger } = this.parts;
    this.all.delete(worker);
    this.departed = remaining(worker.figures.metrics, this.departed);
    if (this.stopping) {
      if (this.all.size === 0) this.lastEnded();
      return;
    }
    if (!this.everListened) {
      logger.fatal({ pid: worker.pid, ended: how }, 'a worker ended before any has listened; its own lines say why');
      process.exit(typeof how === 'number' && how > 0 ? how : 1);
    }
    this.endings = [...this.recentEndings(), Date.now()];
    const pauseMs = this.endings.length === 1 ? 0 : Math.min(1000 * 2 ** (this.endings.length - 2), LONGEST_PAUSE_MS);
    logger.error({ pid: worker.pid, ended: how, again_in_ms: pauseMs }, 'a worker ended; another one takes its place');
    this.acknowledgements.settle();
    setTimeout(() => this.fork(), pauseMs).unref();
  }

  private recentEndings(): number[] {
    return this.endings.filter((at) => Date.now() - at < RECENT_MS);
  }

  private look(): void {
    for (const worker of this.all) {
      if (++worker.silentLooks < (worker.listens ? SILENT_LOOKS : STARTING_LOOKS)) continue;
      this.parts.logger.error({ pid: worker.pid }, 'a worker has said nothing for too long and is ended');
      worker.kill('SIGKILL');
    }
  }
}

/** Health cannot be told, as at the very end. */
function unanswered(error: unknown): InstanceAnswer {
  const reason = error instanceof Error ? error.message : String(error);
  return { status: 503, type: 'application/json', body: JSON.stringify({ status: 'down', reason }) };
}
