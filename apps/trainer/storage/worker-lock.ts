import { randomInt } from 'node:crypto';
import { HeldConnection } from '#database/standing-still';

/** First key of the advisory locks that workers hold. */
export const WORKER_LOCK_SPACE = 7_430;

/**
 * A number that is a worker's own for as long as its connection lives: Postgres gives the lock back the moment the
 * process dies, and soon after it stands still, so everybody sees that its runs have no owner any more.
 */
export class WorkerLock {
  readonly owner = randomInt(1, 2 ** 31 - 1);
  private connection: HeldConnection | null = null;
  private taking: Promise<void> | null = null;

  /** Told when the lock is gone with its connection. */
  onLost: () => void = () => undefined;

  constructor(private readonly databaseUrl: string) {}

  /** Takes the lock, again after the connection was lost. Call it before every claim. */
  async hold(): Promise<number> {
    if (this.connection === null || this.connection.lost !== null) {
      this.taking ??= this.take().finally(() => {
        this.taking = null;
      });
      await this.taking;
    }
    return this.owner;
  }

  async release(): Promise<void> {
    const { connection } = this;
    this.connection = null;
    await connection?.close();
  }

  private async take(): Promise<void> {
    await this.release();
    const connection = await HeldConnection.open(this.databaseUrl, {
      name: 'ratchet-trainer-worker',
      onLost: () => this.onLost(),
    });
    try {
      await connection.query('select pg_advisory_lock($1, $2)', [WORKER_LOCK_SPACE, this.owner]);
      this.connection = connection;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }
}
