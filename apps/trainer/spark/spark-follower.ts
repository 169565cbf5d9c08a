import { access } from 'node:fs/promises';
import type { ClusterModel } from '#models/training/elsewhere/order';
import { type Place, progressOf, roundOf } from '#models/training/progress';
import type { RunProgress } from '../runs/progress.js';
import { sparkFailure } from './spark-failure.js';
import { type SparkSaying, sayingIn } from './spark-sayings.js';

/** Enough to tell why a job ended. */
const LINES_KEPT = 400;
/** Spark's chatter, which is in the kept output but not worth a line of the run's log. */
const CHATTER = /\b(?:INFO|DEBUG|TRACE)\b|^\s+at |^\+- |^\s*$/;

/** Takes what a job prints: what is meant for the trainer becomes progress, the rest is kept for when the job fails. */
export class SparkFollower {
  private readonly output: string[] = [];
  private version = 'unknown';
  private workers = 1;
  private done: Extract<SparkSaying, { kind: 'done' }> | null = null;
  private failed: Extract<SparkSaying, { kind: 'failed' }> | null = null;

  constructor(
    private readonly speech: Pick<RunProgress, 'say' | 'print'>,
    private readonly place: Place,
    private readonly rounds: number,
  ) {}

  take(line: string): void {
    const saying = sayingIn(line);
    if (saying !== null) {
      this.hear(saying);
      return;
    }
    this.output.push(line);
    if (this.output.length > LINES_KEPT) this.output.shift();
    if (/Initial job has not accepted any resources/.test(line))
      this.say(0, 'waiting for the cluster: no worker has the cores and the memory that were asked for');
    if (!CHATTER.test(line)) this.speech.print([line]);
  }

  /** Whether the job has said how it ended. */
  get isOver(): boolean {
    return this.done !== null || this.failed !== null;
  }

  /** The model, if there is one. Throws {@link TrainingFailure}. */
  async conclude(how: string, master: string, path: string): Promise<ClusterModel> {
    const { done, failed, version, workers, output } = this;
    const written = await access(path).then(
      () => true,
      () => false,
    );
    if (done !== null && written) return { path, library: done.library, rows: done.rows, version, workers };
    throw sparkFailure({ master, how, output, said: failed });
  }

  private hear(saying: SparkSaying): void {
    switch (saying.kind) {
      case 'started':
        this.version = saying.spark;
        this.say(0, `Spark ${saying.spark} runs it as ${saying.application}`);
        break;
      case 'rows':
        this.say(0, `read ${saying.train} training and ${saying.validation} validation rows`);
        break;
      case 'training':
        this.workers = saying.workers;
        this.say(0, `training on ${saying.workers} ${saying.workers === 1 ? 'task' : 'tasks'}`);
        break;
      case 'round':
        this.say(saying.done / this.rounds, roundOf(saying.done, this.rounds, saying.loss));
        break;
      case 'note':
        this.speech.print([saying.message]);
        break;
      case 'done':
        this.done = saying;
        this.say(1, 'the model is there');
        break;
      case 'failed':
        this.failed = saying;
    }
  }

  private say(share: number, message: string): void {
    this.speech.say('train', progressOf(Math.min(1, share), this.place), message);
  }
}
