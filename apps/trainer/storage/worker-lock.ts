import { randomInt } from 'node:crypto';
import type pg from 'pg';
import { clientFor } from '#database/connect';

/** First key of the advisory locks that workers hold. */
export const WORKER_LOCK_SPACE = 7_430;

/**
 * A number that is a worker's own for as long as its connection lives: Postgres gives the lock back the moment the
 * process dies, so everybody sees at once that its runs have no owner any more. No heartbeats, no clocks.
 */
export class WorkerLock {
  readonly owner = randomInt(1, 2 ** 31 - 1);
  private client: pg.Client | null = null;

  constructor(private readonly databaseUrl: string) {}

  /** Takes the lock, again after the connection was lost. Call it before every claim. */
  async hold(): Promise<number> {
    if (this.client === null) {
      const client = clientFor(this.databaseUrl, {
        application_name: 'ratchet-trainer-worker',
        keepAlive: true,
      });
      const forget = (): void => {
        if (this.client === client) this.client = null;
      };
      client.on('error', forget);
      client.on('end', forget);
      await client.connect();
      await client.query('select pg_advisory_lock($1, $2)', [WORKER_LOCK_SPACE, this.owner]);
      this.client = client;
    }
    return this.owner;
  }

  async release(): Promise<void> {
    const { client } = this;
    this.client = null;
    await client?.end();
  }
}
