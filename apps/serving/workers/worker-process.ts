import cluster, { type Worker } from 'node:cluster';
import type { Heartbeat } from '#contracts/events/deployment';
import type { ServingConfig } from '../config.js';
import type { Figures, FromWorker, ToWorker } from './messages.js';

/** A worker that is asked what it has counted gets so much time; then what it said last holds. */
const COUNT_MS = 2000;

/** A worker as its primary sees it. */
export class WorkerProcess {
  /** It takes what is sent. */
  follows = false;
  /** It answers requests, or is about to. */
  listens = false;
  /** What it last said of itself. */
  beat: Heartbeat | null = null;
  /** Desired states it was sent. */
  told = 0;
  /** Looks since it last said anything. */
  silentLooks = 0;
  /** What it had counted when it was last asked. */
  figures: Figures = { metrics: [], statistics: { model_stats: [] } };
  private readonly process: Worker;
  private readonly counting = new Map<number, () => void>();
  private nextId = 0;

  /**
   * Starts it.
   * @param hear is given what it says
   * @param ended is told its exit code, or the signal that ended it
   */
  constructor(
    { instance }: Pick<ServingConfig, 'instance'>,
    hear: (message: FromWorker, worker: WorkerProcess) => void,
    ended: (how: number | string, worker: WorkerProcess) => void,
  ) {
    // Where the instance's name is made of a port that the system chooses, all have the same one still.
    this.process = cluster.fork({ INSTANCE_ID: instance });
    this.process.on('message', (message: FromWorker) => {
      this.silentLooks = 0;
      if (message.kind === 'figures') this.counted(message.id, message.figures);
      else hear(message, this);
    });
    // It is not there any more, which its exit tells as well.
    this.process.on('error', () => undefined);
    this.process.on('exit', (code, signal) => ended(signal ?? code, this));
  }

  get pid(): number | undefined {
    return this.process.process.pid;
  }

  tell(message: ToWorker): void {
    if (message.kind === 'desired') this.told++;
    if (this.process.isConnected()) this.process.send(message);
  }

  kill(signal: NodeJS.Signals): void {
    this.process.process.kill(signal);
  }

  /** What it has counted; what it said last if it does not answer. */
  async count(): Promise<Figures> {
    if (!this.follows) return this.figures;
    const id = this.nextId++;
    await new Promise<void>((resolve) => {
      const late = setTimeout(resolve, COUNT_MS);
      this.counting.set(id, () => {
        clearTimeout(late);
        resolve();
      });
      this.tell({ kind: 'count', id });
    });
    this.counting.delete(id);
    return this.figures;
  }

  private counted(id: number, figures: Figures): void {
    this.figures = figures;
    this.counting.get(id)?.();
  }
}
