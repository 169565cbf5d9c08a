import { chmod, cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import pg from 'pg';
import type { Stack } from '#contracts/stack';
import { poolFor } from '#database/connect';
import { migrate } from '#database/data-source';
import { createKafka, type Kafka } from '#kafka/client/connection';
import { applyTopics } from '#kafka/topics/topics';
import { createLogger } from '#platform/logging';
import { fetchArtifacts } from '../../deploy/local/fetch/artifacts.js';
import { freePorts } from '../../deploy/local/ports.js';
import { type Child, launch } from '../../deploy/local/processes/child.js';
import { postGuardian } from '../../deploy/local/processes/guardian.js';
import { Ledger } from '../../deploy/local/processes/ledger.js';
import { type Program, type Report, Supervisor } from '../../deploy/local/processes/supervisor.js';
import { DEFAULT_HOME, REPOSITORY } from '../../deploy/local/repository.js';
import { kafkaProgram, postgresProgram } from '../../deploy/local/stack/infrastructure.js';
import { secretIn } from '../../deploy/local/stack/secrets.js';
import { SERVICES, type ServiceName, serviceProgram } from '../../deploy/local/stack/services.js';
import { writeStackFile } from '../../deploy/local/stack/stack-file.js';
import { until } from '../../deploy/local/until.js';
import { type CommandResult, engineTally, runNode, type SampleEngine } from './programs.js';

export type ProgramName = ServiceName | 'kafka' | 'postgres';

export interface StackOptions {
  /** Which services to run; all of them, with two serving instances, if left out. Kafka and Postgres always run. */
  readonly services?: readonly ServiceName[];
  /** Further environment variables, for all (`*`) or for one service. */
  readonly env?: Partial<Record<ServiceName | '*', NodeJS.ProcessEnv>>;
  /** True makes Postgres write through to the disk; only tests of crashing machines need it. */
  readonly durable?: boolean;
  /** KAFKA_TOPIC_PREFIX of everything in the stack. */
  readonly topicPrefix?: string;
  /** Puts files into the home before anything starts. */
  readonly prepare?: (home: string) => void;
  /** A broker and a migrated database that run already, and go on afterwards. The stack starts its own if left out. */
  readonly lent?: Lent;
  /** The built tree of another release: its migrations, topics and services; this one's if left out. */
  readonly release?: string;
}

export interface Lent {
  readonly brokers: string;
  readonly databaseUrl: string;
}

/** A whole Ratchet of its own: temporary home, free ports, real Kafka and Postgres, services from dist/. */
export class TestStack {
  readonly reports: Report[] = [];
  readonly logger = createLogger('test', 'silent');
  private readonly supervisor = new Supervisor((report) => this.reports.push(report));
  private readonly programs = new Map<ProgramName, Program>();
  private readonly ledger: Ledger;
  private readonly dismissGuardian: () => Promise<void>;
  private pool: pg.Pool | null = null;
  private url = '';
  private program: (name: ServiceName, tree?: string, env?: NodeJS.ProcessEnv) => Program = (name) => {
    throw new Error(`${name} is not there yet`);
  };
  private readonly engines: Child[] = [];
  /** For a test's own consumers and producers. */
  readonly kafka: Kafka;

  private constructor(
    readonly home: string,
    /** Bearer token of an administrator. */
    readonly token: string,
    readonly brokers: string,
    /** Address of every service by name, running or not. */
    readonly urls: Readonly<Record<ServiceName, string>>,
    private readonly topicPrefix: { readonly KAFKA_TOPIC_PREFIX?: string },
  ) {
    this.ledger = new Ledger(join(home, 'run', 'processes.json'));
    this.dismissGuardian = postGuardian(this.ledger.file);
    this.kafka = createKafka(
      { KAFKA_BROKERS: brokers.split(','), KAFKA_TLS: false, ...topicPrefix },
      'test',
      this.logger,
    );
  }

  /** See {@link startStack}. */
  static async start(options: StackOptions): Promise<TestStack> {
    // As npm start has it: what is in there is for its owner only.
    process.umask(0o077);
    const home = await mkdtemp(join(tmpdir(), 'ratchet-test-'));
    const { lent, topicPrefix } = options;
    // A Postgres of the stack's own runs as another user when the tests run as root, and must get through.
    if (!lent) await chmod(home, 0o711);
    // Processes that a test starts by itself log here, too.
    await mkdir(join(home, 'logs'));
    await fetchArtifacts(DEFAULT_HOME);
    for (const name of ['native', 'kafka']) await symlink(join(DEFAULT_HOME, name), join(home, name));
    const [kafkaPort = 0, postgresPort = 0, ...ports] = await freePorts(2 + SERVICES.length);
    const urls = Object.fromEntries(SERVICES.map(({ name }, i) => [name, `http://127.0.0.1:${ports[i]}`]));
    const brokers = lent?.brokers ?? `127.0.0.1:${kafkaPort}`;
    const stack = new TestStack(
      home,
      secretIn(join(home, 'token')),
      brokers,
      asUrls(urls),
      topicPrefix === undefined ? {} : { KAFKA_TOPIC_PREFIX: topicPrefix },
    );
    try {
      if (lent) stack.url = lent.databaseUrl;
      else await stack.startInfrastructure(kafkaPort, postgresPort, options);
      await stack.bringUp(options, ports);
      return stack;
    } catch (error) {
      await stack.stop({ keepLogs: 'failed-start' });
      throw error;
    }
  }

  private async startInfrastructure(
    kafkaPort: number,
    postgresPort: number,
    { durable = false, release }: StackOptions,
  ): Promise<void> {
    const { home, ledger } = this;
    const infrastructure = { home, artifactsHome: DEFAULT_HOME, ledger, durable };
    this.programs.set('kafka', kafkaProgram(infrastructure, kafkaPort));
    this.programs.set(
      'postgres',
      postgresProgram(infrastructure, postgresPort, ({ url }) => {
        this.url = url;
      }),
    );
    await Promise.all([this.resume('kafka'), this.resume('postgres')]);
    if (release === undefined) await migrate(this.databaseUrl);
    else await this.runOf(release, 'dist/libs/database/migrate.js', { DATABASE_URL: this.databaseUrl });
  }

  /** Runs a program of another release to its end. */
  private async runOf(tree: string, file: string, env: NodeJS.ProcessEnv): Promise<void> {
    const { code, stdout, stderr } = await runNode([join(tree, file)], { cwd: tree, env: { ...process.env, ...env } });
    if (code !== 0) throw new Error(`${file} of ${tree} ended with ${code}: ${stdout}${stderr}`);
  }

  private async bringUp(options: StackOptions, ports: number[]): Promise<void> {
    const { home, ledger } = this;
    options.prepare?.(home);
    if (options.release === undefined) await applyTopics(this.kafka);
    else await this.runOf(options.release, 'dist/libs/kafka/create-topics.js', { KAFKA_BROKERS: this.brokers });
    const parts = { home, brokers: this.brokers, databaseUrl: this.databaseUrl, ledger };
    this.program = (name, tree, more = {}) => {
      const i = SERVICES.findIndex((one) => one.name === name);
      const service = SERVICES[i] ?? SERVICES[0];
      // Decisions are those that the models make; tests of exploration say so.
      const env = {
        LOG_LEVEL: 'debug',
        EXPLORATION_RATE: '0',
        ...this.topicPrefix,
        ...options.env?.['*'],
        ...options.env?.[service.name],
        ...more,
      };
      return serviceProgram({ ...parts, tree }, { ...service, port: ports[i] ?? 0 }, env);
    };
    for (const { name } of SERVICES) this.programs.set(name, this.program(name, options.release));
    await writeStackFile(home, this.addresses());
    await Promise.all((options.services ?? SERVICES.map(({ name }) => name)).map((name) => this.resume(name)));
  }

  private addresses(): Stack {
    return {
      registry: this.urls.registry,
      feedback_ingest: this.urls['feedback-ingest'],
      trainer: this.urls.trainer,
      evaluator: this.urls.evaluator,
      serving: [this.urls['serving-1'], this.urls['serving-2']],
      kafka_brokers: this.brokers,
      ...(this.topicPrefix.KAFKA_TOPIC_PREFIX === undefined
        ? {}
        : { kafka_topic_prefix: this.topicPrefix.KAFKA_TOPIC_PREFIX }),
      database_url: this.databaseUrl,
    };
  }

  get databaseUrl(): string {
    return this.url;
  }

  /** Addresses of the two serving instances. */
  get serving(): [string, string] {
    return [this.urls['serving-1'], this.urls['serving-2']];
  }

  /** Runs a query on the stack's database. */
  async query<R extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<R[]> {
    this.pool ??= this.connectPool();
    return (await this.pool.query<R>(sql, values)).rows;
  }

  private connectPool(): pg.Pool {
    const { url, extra } = poolFor(this.databaseUrl);
    return new pg.Pool({ connectionString: url, ...extra, max: 4 }).on('error', () => undefined);
  }

  /** The process of this name, which must be running. */
  child(name: ProgramName): Child {
    const child = this.supervisor.child(name);
    if (!child) throw new Error(`${name} is not running, or is lent to this stack`);
    return child;
  }

  /** Sends a signal to a running program and returns at once; the supervisor restarts what ends. */
  kill(name: ProgramName, signal: NodeJS.Signals): void {
    this.child(name).kill(signal);
  }

  /** Kills a program with SIGKILL and returns when the supervisor has it back in service. */
  async crash(name: ProgramName): Promise<void> {
    const { pid } = this.child(name);
    this.kill(name, 'SIGKILL');
    await until(
      `${name} to be back after SIGKILL`,
      () => {
        const child = this.supervisor.child(name);
        return child !== null && child.pid !== pid;
      },
      { deadlineMs: 180_000 },
    );
  }

  /** Stops a program in good order; it stays down. */
  async halt(name: ProgramName): Promise<void> {
    await this.supervisor.halt(name);
  }

  /** Starts a program that is not running (again) and returns when it is ready. */
  async resume(name: ProgramName): Promise<void> {
    const program = this.programs.get(name);
    if (!program) throw new Error(`there is no program ${name}, or it is lent to this stack`);
    await this.supervisor.start(program);
  }

  /** Stops a service and starts it from another release's built tree, or this one's, at the same address. */
  async replace(name: ServiceName, tree?: string, env: NodeJS.ProcessEnv = {}): Promise<void> {
    await this.halt(name);
    this.programs.set(name, this.program(name, tree, env));
    await this.resume(name);
  }

  /** Runs `ratchet` with these arguments against this stack. Its current folder is `work` in the home. */
  cli(...args: string[]): Promise<CommandResult> {
    return this.runCli({}, args);
  }

  /** With somebody else's token. */
  cliAs(token: string, ...args: string[]): Promise<CommandResult> {
    return this.runCli({ RATCHET_TOKEN: token }, args);
  }

  private async runCli(env: NodeJS.ProcessEnv, args: readonly string[]): Promise<CommandResult> {
    const cwd = join(this.home, 'work');
    await mkdir(cwd, { recursive: true });
    return runNode([join(REPOSITORY, 'dist/apps/cli/main.js'), ...args], {
      cwd,
      // Advice is printed as for somebody who has not run it by npx, however the tests were run.
      env: { ...process.env, npm_command: '', RATCHET_HOME: this.home, NO_COLOR: '1', ...env },
    });
  }

  /** Starts the sample engine with these flags. It ends on its own with `--total`; the stack's end ends it too. */
  async engine(...flags: string[]): Promise<SampleEngine> {
    const serving = this.serving.flatMap((url) => ['--serving', url]);
    const child = await launch({
      name: 'sample-engine',
      command: process.execPath,
      args: [join(REPOSITORY, 'dist/apps/sample-engine/main.js'), ...serving, ...flags],
      env: { ...process.env, ...this.topicPrefix, KAFKA_BROKERS: this.brokers },
      logFile: join(this.home, 'logs', `sample-engine-${this.engines.length}.log`),
      tier: 'client',
      ledger: this.ledger,
    });
    this.engines.push(child);
    return { child, finished: () => engineTally(child) };
  }

  /** Stops everything and removes the home. With `keepLogs`, the logs are copied to test/artifacts under that name. */
  async stop({ keepLogs }: { keepLogs?: string } = {}): Promise<void> {
    await this.pool?.end();
    await Promise.all(this.engines.map((engine) => engine.stop()));
    await this.supervisor.stop();
    await this.dismissGuardian();
    if (keepLogs !== undefined) {
      const folder = join(REPOSITORY, 'test/artifacts', `${keepLogs}-${basename(this.home)}`);
      await mkdir(folder, { recursive: true });
      await cp(join(this.home, 'logs'), folder, { recursive: true }).catch(() => undefined);
      process.stderr.write(`The logs of this stack are in ${folder}\n`);
    }
    await rm(this.home, { recursive: true, force: true });
  }
}

function asUrls(urls: Record<string, string>): Record<ServiceName, string> {
  const of = (name: ServiceName): string => urls[name] ?? '';
  return {
    registry: of('registry'),
    'serving-1': of('serving-1'),
    'serving-2': of('serving-2'),
    'feedback-ingest': of('feedback-ingest'),
    trainer: of('trainer'),
    evaluator: of('evaluator'),
  };
}

/** Starts a whole stack and returns when every service is ready. Stop it with `stop()`. */
export function startStack(options: StackOptions = {}): Promise<TestStack> {
  return TestStack.start(options);
}
