import type pg from 'pg';
import { clientFor } from './connect.js';

/**
 * A process that stands still (SIGSTOP, a stopped virtual machine, a machine that swaps) closes nothing: for the kernel and for Postgres its
 * connections are as good as ever, and so is all that they hold. After so long without a word from it, Postgres ends them. Half of
 * what a deployment waits for acknowledgements, so that whoever takes over is still in time.
 */
export const FROZEN_AFTER_MS = 15_000;
const BEAT_MS = 3_000;

/**
 * Settings of every connection: a transaction in which nothing happens ends, and so does one whose client no longer takes what it
 * asked for. Work between two statements that takes longer is done {@link beating}.
 */
export const ENDS_WHEN_FROZEN = `-c idle_in_transaction_session_timeout=${FROZEN_AFTER_MS} -c tcp_user_timeout=${FROZEN_AFTER_MS}`;

/** And of one that does nothing but hold: it has to be asked something all the time. */
const ENDS_WHEN_SILENT = `set idle_session_timeout = ${FROZEN_AFTER_MS}; set tcp_user_timeout = ${FROZEN_AFTER_MS}`;

/**
 * Does something that takes long within a transaction, and goes on telling Postgres that this process lives. The work asks nothing of
 * the transaction's connection itself. A beat that fails is no matter: the transaction's next statement fails, too.
 *
 * @param ask asks anything of the transaction's connection
 */
export async function beating<T>(ask: (text: string) => Promise<unknown>, work: () => Promise<T>): Promise<T> {
  const heart = beat(() => ask('select 1'));
  try {
    return await work();
  } finally {
    await heart.stop();
  }
}

/** Asks every few seconds until it is stopped; whatever the answer, whoever uses the connection will see it. */
function beat(ask: () => Promise<unknown>): { stop(): Promise<void> } {
  let asked: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout;
  let stopped = false;
  const wait = (): void => {
    if (stopped) return;
    timer = setTimeout(() => {
      asked = ask()
        .catch(() => undefined)
        .then(wait);
    }, BEAT_MS);
    timer.unref();
  };
  wait();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await asked;
    },
  };
}

export interface HeldOptions {
  /** What Postgres shows as the application's name. */
  readonly name: string;
  /** Told when the connection has ended without being asked to, and with it the locks that it held. */
  readonly onLost?: (error: Error) => void;
  readonly onNotification?: (payload: string) => void;
}

/**
 * A connection outside the pool, kept for its session-level locks (the lead of something, a claim) or to listen. It is asked all the
 * time; once its process stands still, Postgres ends it, its locks go to another one, and whatever is asked of it afterwards fails.
 * So what is written through it is fenced, and who acts outside of Postgres asks {@link confirm} first.
 */
export class HeldConnection {
  private ended: Error | null = null;
  private closed = false;
  /** One question after the other. */
  private last: Promise<unknown> = Promise.resolve();
  private asking = 0;
  private readonly heart = beat(async () => {
    if (this.asking === 0) await this.confirm();
  });

  private constructor(private readonly client: pg.Client) {}

  static async open(databaseUrl: string, { name, onLost, onNotification }: HeldOptions): Promise<HeldConnection> {
    const client = clientFor(databaseUrl, { application_name: name, keepAlive: true });
    const held = new HeldConnection(client);
    const lost = (error: Error): void => {
      void held.heart.stop();
      if (held.ended !== null || held.closed) return;
      held.ended = error;
      onLost?.(error);
    };
    client.on('error', lost);
    client.on('end', () => lost(new Error('connection terminated: Postgres has ended it')));
    client.on('notification', ({ payload }) => onNotification?.(payload ?? ''));
    try {
      await client.connect();
      await held.query(ENDS_WHEN_SILENT);
      return held;
    } catch (error) {
      await held.close();
      throw error;
    }
  }

  /** Why the connection is gone; null while it is there. */
  get lost(): Error | null {
    return this.ended;
  }

  query<R extends pg.QueryResultRow>(query: string | pg.QueryConfig, values?: unknown[]): Promise<pg.QueryResult<R>> {
    this.asking++;
    const asked = this.last.then(async () => {
      if (this.ended !== null) throw this.ended;
      return this.client.query<R>(query, values);
    });
    this.last = asked.catch(() => undefined).finally(() => this.asking--);
    return asked;
  }

  /** Resolves if Postgres still knows this connection, and so its locks are still held. */
  async confirm(): Promise<void> {
    await this.query('select 1');
  }

  /** Its locks go with it. */
  async close(): Promise<void> {
    this.closed = true;
    void this.heart.stop();
    await this.client.end().catch(() => undefined);
  }
}
