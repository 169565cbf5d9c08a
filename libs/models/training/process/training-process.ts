import { type ChildProcess, fork } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { TrainingStage } from '#contracts/events/training';
import type { ClusterOrder, TrainOnCluster } from '../elsewhere/order.js';
import type { Place } from '../progress.js';
import { TrainingFailure } from './failure.js';
import { type Report, type SnapshotResult, TrainingMessage, type TrainingOrder, type TrainingResult } from './job.js';
import { residentMb } from './process-memory.js';

export interface TrainingProcessEvents {
  readonly report: Report;
  snapshot(snapshot: SnapshotResult): void;
  /** Trains what the process is not to train itself; its failure is the run's. */
  readonly onCluster?: TrainOnCluster;
  /** What the process and its native library print, some whole lines at a time. */
  printed?(lines: readonly string[]): void;
}

/** Environment that a training process may see: where programs and libraries are, and nothing secret. */
const PASSED_ON = [
  'PATH',
  'HOME',
  'TMPDIR',
  'TEMP',
  'TMP',
  'LANG',
  'LD_LIBRARY_PATH',
  'DYLD_LIBRARY_PATH',
  'SystemRoot',
];
/** Enough of what it printed to tell why it crashed. */
const KEPT_OUTPUT = 4000;
/** How often its memory is looked at. */
const MEMORY_CHECK_MS = 250;

/** The compiled child: beside this file, also when this file runs from its source in a test. */
function entryPoint(): string {
  const here = fileURLToPath(new URL('./child.js', import.meta.url));
  return import.meta.url.endsWith('.ts') ? here.replace(/([\\/])libs\1models\1training\1/, '$1dist$&') : here;
}

/**
 * How threads wait for each other, thousands of times a second. By spinning for long, as is the default, they make training
 * many times slower as soon as anything else wants the cores; by sleeping at once, they pay for waking up each time. So
 * they spin for some 50 µs, which is as long as most waits take, and then sleep.
 */
export function waitingOfThreads({ OMP_WAIT_POLICY, GOMP_SPINCOUNT }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return OMP_WAIT_POLICY === undefined ? { GOMP_SPINCOUNT: GOMP_SPINCOUNT ?? '2000' } : { OMP_WAIT_POLICY };
}

/** What a training process may use. */
export type TrainingLimits = Pick<TrainingOrder, 'threads' | 'memoryMb'>;

/**
 * A process of its own for one job, so that neither its blocking nor its memory nor a crash of a native library can hurt
 * the caller. Starting takes a while, so it may be started before the job is known.
 */
export class TrainingProcess {
  private readonly child: ChildProcess;
  /** How it ended: an exit code or a signal. */
  private readonly ended: Promise<string>;
  private readonly watch: NodeJS.Timeout;
  private stage: TrainingStage = 'snapshot';
  private output = '';
  private killedFor: Error | null = null;
  private outcome: TrainingResult | Error | null = null;
  private frozen: SnapshotResult | null = null;
  private events: TrainingProcessEvents | null = null;

  /** @param signal ends the process when it is aborted; the run then ends with its reason */
  constructor(
    private readonly limits: TrainingLimits,
    private readonly signal?: AbortSignal,
  ) {
    const { threads, memoryMb } = limits;
    const child = fork(entryPoint(), [], {
      // Advanced serialisation is not needed: everything is small and plain.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: [`--max-old-space-size=${Math.max(256, Math.floor(memoryMb / 2))}`],
      env: {
        ...Object.fromEntries(PASSED_ON.map((name) => [name, process.env[name]])),
        OMP_NUM_THREADS: String(threads),
        // glibc keeps what every thread once freed in a pool of that thread; two pools give most of it back.
        MALLOC_ARENA_MAX: '2',
        ...waitingOfThreads(process.env),
      },
    });
    this.child = child;
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => {
        this.outcome ??= error;
        resolve(error.message);
      });
      child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    for (const stream of [child.stdout, child.stderr]) this.listen(stream);
    child.on('message', (value) => this.take(value));
    this.watch = setInterval(() => void this.watchMemory(), MEMORY_CHECK_MS);
    signal?.addEventListener('abort', this.abort);
  }

  /**
   * Runs the job and ends the process. Throws {@link TrainingFailure} when it ends without a result, for whatever reason,
   * or the signal's reason when it was aborted.
   */
  async run(order: Omit<TrainingOrder, keyof TrainingLimits>, events: TrainingProcessEvents): Promise<TrainingResult> {
    const how = await this.work(order, events);
    return this.conclude(how, this.outcome);
  }

  /** Like {@link run}, but only freezes the rows. */
  async freeze(
    order: Omit<TrainingOrder, keyof TrainingLimits | 'only'>,
    events: Omit<TrainingProcessEvents, 'snapshot'>,
  ): Promise<SnapshotResult> {
    const how = await this.work({ ...order, only: 'snapshot' }, { ...events, snapshot: () => undefined });
    return this.conclude(how, this.outcome instanceof Error ? this.outcome : this.frozen);
  }

  /** Ends it, also if it never got a job. */
  end(): void {
    clearInterval(this.watch);
    this.signal?.removeEventListener('abort', this.abort);
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
  }

  private async work(order: Omit<TrainingOrder, keyof TrainingLimits>, events: TrainingProcessEvents): Promise<string> {
    try {
      this.signal?.throwIfAborted();
      this.events = events;
      // A process that is gone already is noticed by how it ended.
      this.child.send({ ...order, ...this.limits } satisfies TrainingOrder, () => undefined);
      return await this.ended;
    } finally {
      this.end();
    }
  }

  private readonly abort = (): void => this.kill(asError(this.signal?.reason));

  private listen(stream: Readable | null): void {
    let unfinished = '';
    stream?.setEncoding('utf8').on('data', (text: string) => {
      this.output = (this.output + text).slice(-KEPT_OUTPUT);
      const lines = (unfinished + text).split('\n');
      unfinished = (lines.pop() ?? '').slice(-KEPT_OUTPUT);
      const whole = lines.map((line) => line.trimEnd()).filter((line) => line !== '');
      if (whole.length > 0) this.events?.printed?.(whole);
    });
  }

  private take(value: unknown): void {
    const message = TrainingMessage.parse(value);
    switch (message.kind) {
      case 'progress':
        this.stage = message.stage;
        void this.events?.report(message.stage, message.progress, message.message);
        break;
      case 'snapshot':
        this.events?.snapshot(message.snapshot);
        break;
      case 'order':
        this.hand(message.order, message);
        break;
      case 'done':
        this.outcome = message.result;
        break;
      case 'frozen':
        this.frozen = message.snapshot;
        break;
      case 'failed':
        this.outcome = new TrainingFailure(message.stage, message.reason, message.remedy);
        break;
    }
  }

  private hand(order: ClusterOrder, place: Place): void {
    const train = this.events?.onCluster;
    if (train === undefined) this.kill(new Error('a training process asks for a cluster, and there is none'));
    else
      train(order, { part: place.part, of: place.of }).then(
        (model) => this.child.send(model, () => undefined),
        (error: unknown) => this.kill(asError(error)),
      );
  }

  private kill(reason: Error): void {
    this.killedFor ??= reason;
    this.child.kill('SIGKILL');
  }

  private async watchMemory(): Promise<void> {
    const { pid } = this.child;
    const used = pid === undefined ? null : await residentMb(pid);
    if (used === null || used <= this.limits.memoryMb) return;
    this.kill(
      new TrainingFailure(
        this.stage,
        `Training needed more than the ${this.limits.memoryMb} MiB it may use.`,
        'Raise TRAINING_MEMORY_MB, or use fewer one-hot columns (one_hot_limit), or fewer rows.',
      ),
    );
  }

  private conclude<T>(how: string, outcome: T | Error | null): T {
    if (this.killedFor) throw this.killedFor;
    if (outcome instanceof Error) throw outcome;
    if (outcome) return outcome;
    const said = lastError(this.output);
    throw new TrainingFailure(
      this.stage,
      `The training process ended without a result (${how})${said === '' ? '' : `: ${said}`}.`,
      how === 'SIGKILL'
        ? 'Something killed it, most likely the system for lack of memory: lower TRAINING_MEMORY_MB or give the machine more, then train again.'
        : 'Train again; if it happens again, look at the trainer’s log and try another backend.',
    );
  }
}

/** Of what a crashing process printed, the last line that names an error, else its last lines. */
function lastError(output: string): string {
  const lines = output.trim().split('\n');
  return (
    lines.findLast((line) => /^\s*(\w*Error\b|terminate called|\[.*\] .*Check failed)/.test(line)) ??
    lines.slice(-3).join(' ')
  );
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)));
