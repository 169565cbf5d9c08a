import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePorts } from '../../deploy/local/ports.js';
import { type RunningPostgres, startPostgres } from '../../deploy/local/postgres/postgres.js';
import { postGuardian } from '../../deploy/local/processes/guardian.js';
import { Ledger } from '../../deploy/local/processes/ledger.js';
import { until } from '../../deploy/local/until.js';

const PATIENCE = { deadlineMs: 60_000 };

/** One server of several: the primary, or a replica that follows one. */
class Server {
  private running: RunningPostgres | null = null;
  private frozen: readonly number[] = [];

  constructor(
    readonly name: string,
    readonly folder: string,
    readonly port: number,
    private readonly ledger: Ledger,
  ) {}

  async start(): Promise<void> {
    this.running = await startPostgres({
      dataDir: join(this.folder, this.name),
      port: this.port,
      passwordFile: join(this.folder, 'password'),
      logFile: join(this.folder, `${this.name}.log`),
      durable: false,
      ledger: this.ledger,
    });
  }

  get url(): string {
    if (this.running === null) throw new Error(`${this.name} has not been started`);
    return this.running.url;
  }

  async query<R extends pg.QueryResultRow>(sql: string): Promise<R[]> {
    const client = new pg.Client({ connectionString: this.url });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<R>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  async set(name: string, value: string): Promise<void> {
    await this.query(`alter system set ${name} = '${value.replaceAll("'", "''")}'`);
    await this.query('select pg_reload_conf()');
  }

  /** As a machine that is gone. */
  async kill(): Promise<void> {
    this.running?.child.kill('SIGKILL');
    await this.running?.child.exited;
    this.thaw();
  }

  /** As a machine that stands still: its connections stay open, and nothing comes. */
  freeze(): void {
    const { pid } = this.running?.child ?? {};
    if (pid === undefined) throw new Error(`${this.name} has not been started`);
    // All of it: a postmaster that stands still starts no other backend.
    const backends = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
    this.frozen = [pid, ...backends];
    for (const each of this.frozen) process.kill(each, 'SIGSTOP');
  }

  /** Has what stood still go on: a backend ends when it sees that its postmaster has, and else stands there for ever. */
  private thaw(): void {
    for (const each of this.frozen)
      try {
        process.kill(each, 'SIGCONT');
      } catch {
        // It is gone.
      }
    this.frozen = [];
  }

  async stop(): Promise<void> {
    this.thaw();
    await this.running?.stop();
  }
}

/** A primary and three replicas with the same data, each of them a server of its own. */
export class ReplicatedPostgres {
  private constructor(
    readonly primary: Server,
    readonly replicas: readonly [Server, Server, Server],
    private readonly clear: () => Promise<void>,
  ) {}

  /** The replicas follow nobody yet. */
  static async start(): Promise<ReplicatedPostgres> {
    const folder = await mkdtemp(join(tmpdir(), 'ratchet-replicas-'));
    await chmod(folder, 0o711);
    const ledger = new Ledger(join(folder, 'processes.json'));
    const dismissGuardian = postGuardian(ledger.file);
    const [one = 0, two = 0, three = 0, four = 0] = await freePorts(4);
    const primary = new Server('primary', folder, one, ledger);
    const replicas = [
      new Server('replica-1', folder, two, ledger),
      new Server('replica-2', folder, three, ledger),
      new Server('replica-3', folder, four, ledger),
    ] as const;
    await primary.start();
    await primary.stop();
    for (const { name } of replicas) {
      const data = join(folder, name);
      execFileSync('cp', ['-a', join(folder, 'primary'), data]);
      writeFileSync(join(data, 'standby.signal'), '');
    }
    for (const { name } of [primary, ...replicas])
      appendFileSync(join(folder, name, 'postgresql.auto.conf'), "wal_keep_size = '1GB'\n");
    await Promise.all([primary, ...replicas].map((server) => server.start()));
    return new ReplicatedPostgres(primary, [...replicas], async () => {
      await dismissGuardian();
      await rm(folder, { recursive: true, force: true });
    });
  }

  /** DATABASE_URL with all of them. */
  get url(): string {
    const servers = [this.primary, ...this.replicas].map(({ port }) => `127.0.0.1:${port}`).join(',');
    return `${this.primary.url.replace(/127\.0\.0\.1:\d+/, servers)}?target_session_attrs=read-write`;
  }

  /** Makes a replica follow a server; returns when it has all that is there. */
  async follow(replica: Server, leader: Server): Promise<void> {
    const { username, password } = new URL(leader.url);
    await replica.set(
      'primary_conninfo',
      `host=127.0.0.1 port=${leader.port} user=${username} password=${password} application_name=${replica.name}`,
    );
    await until(
      `${replica.name} to follow ${leader.name}`,
      async () => {
        const rows = await leader.query<{ there: boolean }>(
          `select replay_lsn = pg_current_wal_lsn() as there from pg_stat_replication where application_name = '${replica.name}'`,
        );
        return rows[0]?.there ?? false;
      },
      PATIENCE,
    );
  }

  /** A transaction is confirmed when the replica has it. */
  async waitFor(leader: Server, replica: Server): Promise<void> {
    await leader.set('synchronous_standby_names', `"${replica.name}"`);
    await until(
      `${replica.name} to be waited for`,
      async () => {
        const rows = await leader.query<{ sync_state: string }>(
          `select sync_state from pg_stat_replication where application_name = '${replica.name}'`,
        );
        return rows[0]?.sync_state === 'sync';
      },
      PATIENCE,
    );
  }

  async promote(replica: Server): Promise<void> {
    await replica.query('select pg_promote()');
  }

  async stop(): Promise<void> {
    await Promise.all([this.primary, ...this.replicas].map((server) => server.stop().catch(() => undefined)));
    await this.clear();
  }
}
