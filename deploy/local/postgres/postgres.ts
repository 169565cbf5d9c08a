import { existsSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { type Child, goneAs, launch } from '../processes/child.js';
import type { Ledger } from '../processes/ledger.js';
import { secretIn } from '../stack/secrets.js';
import { until } from '../until.js';
import { clearStalePid, initialise, OUTSIDE, POSTGRES_USER, placeData } from './postgres-data.js';
import { postgresAccount, postgresProgram } from './postgres-program.js';

export interface PostgresOptions {
  readonly dataDir: string;
  readonly port: number;
  readonly logFile: string;
  /** Keeps the generated password, mode 0600. */
  readonly passwordFile: string;
  /** False for tests: a crash of the machine (not of the process) may lose data. */
  readonly durable?: boolean;
  readonly ledger?: Ledger | undefined;
  /** Gives up the start when it is aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until it must answer; recovery after a crash counts. */
  readonly deadlineMs?: number;
}

export interface RunningPostgres {
  /** For DATABASE_URL. */
  readonly url: string;
  readonly pid: number;
  readonly child: Child;
  stop(): Promise<void>;
}

const DATABASE = 'ratchet';

async function ensureDatabase(url: (database: string) => string): Promise<void> {
  const client = new pg.Client({ connectionString: url('postgres'), connectionTimeoutMillis: 5000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}

function serverArgs({ port, durable = true }: PostgresOptions, dataDir: string): string[] {
  const settings: Record<string, string | number> = {
    port,
    listen_addresses: '127.0.0.1',
    // Only the TCP port, which asks for a password.
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: '128MB',
    max_wal_size: '2GB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    fsync: durable ? 'on' : 'off',
    full_page_writes: durable ? 'on' : 'off',
  };
  return ['-D', dataDir, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

/** The sessions of a killed server take a moment to notice; until then Postgres rightly refuses to start. */
async function whenSessionsEnded(start: () => Promise<Child>): Promise<Child> {
  for (const end = Date.now() + 30_000; ; await pause(500)) {
    try {
      return await start();
    } catch (error) {
      const waiting = error instanceof Error && error.message.includes('pre-existing shared memory block');
      if (!waiting || Date.now() > end) throw error;
    }
  }
}

/**
 * Starts Postgres on loopback and returns when it takes queries; the database `ratchet` exists then. The data folder
 * is made at first and kept between starts, also after a crash.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const { port, deadlineMs = 120_000 } = options;
  const account = postgresAccount();
  const dataDir = await placeData(resolve(options.dataDir), account);
  const program = await postgresProgram(account, OUTSIDE);
  const password = secretIn(options.passwordFile);
  if (!existsSync(join(dataDir, 'PG_VERSION'))) await initialise(program, dataDir, account, password);
  await clearStalePid(dataDir);
  await chmod(dataDir, 0o700);

  const url = (database: string): string => `postgres://${POSTGRES_USER}:${password}@127.0.0.1:${port}/${database}`;
  const start = async (): Promise<Child> => {
    const child = await launch({
      name: 'postgres',
      command: join(program, 'bin', 'postgres'),
      args: serverArgs(options, dataDir),
      env: process.env,
      cwd: '/',
      ...(account ? { uid: account.uid, gid: account.gid } : {}),
      logFile: options.logFile,
      tier: 'infrastructure',
      // Fast shutdown: ends the sessions instead of waiting for them.
      stopSignal: 'SIGINT',
      graceMs: 30_000,
      ledger: options.ledger,
    });
    try {
      await until(`Postgres to answer on 127.0.0.1:${port}`, () => ensureDatabase(url).then(() => true), {
        deadlineMs,
        hopeless: goneAs(child),
        signal: options.signal,
      });
      return child;
    } catch (error) {
      await child.stop();
      throw error;
    }
  };
  const child = await whenSessionsEnded(start);
  return { url: url(DATABASE), pid: child.pid, child, stop: () => child.stop() };
}
