import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { freePort } from '../../deploy/local/ports.js';
import { type Child, goneAs, launch } from '../../deploy/local/processes/child.js';
import { postGuardian } from '../../deploy/local/processes/guardian.js';
import { Ledger } from '../../deploy/local/processes/ledger.js';
import { until } from '../../deploy/local/until.js';

/** What the master says of itself at /json. */
const MasterState = z.object({
  aliveworkers: z.int(),
  cores: z.int(),
  activeapps: z.array(z.object({ name: z.string() })),
});
type MasterState = z.infer<typeof MasterState>;

/** A standalone Spark cluster of the test's own on loopback: one master, two workers of a core each, by the Spark of a venv. */
export class SparkCluster {
  private constructor(
    readonly master: string,
    private readonly page: string,
    private readonly child: Child,
    private readonly workers: readonly Child[],
    private readonly folder: string,
    private readonly dismissGuardian: () => Promise<void>,
  ) {}

  /** @param python with pyspark */
  static async start(python: string): Promise<SparkCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'ratchet-spark-cluster-'));
    const ledger = new Ledger(join(folder, 'processes.json'));
    const dismissGuardian = postGuardian(ledger.file);
    const env = {
      ...process.env,
      SPARK_HOME: sparkHome(python),
      SPARK_LOCAL_IP: '127.0.0.1',
      SPARK_WORKER_DIR: join(folder, 'work'),
      SPARK_DAEMON_MEMORY: '256m',
      PYSPARK_PYTHON: python,
    };
    const start = (name: string, program: string, args: readonly string[]): Promise<Child> =>
      launch({
        name,
        command: join(env.SPARK_HOME, 'bin/spark-class'),
        args: [`org.apache.spark.deploy.${program}`, '--host', '127.0.0.1', ...args],
        env,
        cwd: folder,
        logFile: join(folder, `${name}.log`),
        tier: 'infrastructure',
        ledger,
      });
    const [port, pagePort] = [await freePort(), await freePort()];
    const address = `spark://127.0.0.1:${port}`;
    const child = await start('spark-master', 'master.Master', ['--port', `${port}`, '--webui-port', `${pagePort}`]);
    const workers: Child[] = [];
    const cluster = new SparkCluster(
      address,
      `http://127.0.0.1:${pagePort}/json/`,
      child,
      workers,
      folder,
      dismissGuardian,
    );
    try {
      const hopeless = goneAs(child);
      await until('the Spark master to answer', async () => (await cluster.state()) !== null, { hopeless });
      for (const name of ['spark-worker-1', 'spark-worker-2'])
        workers.push(
          await start(name, 'worker.Worker', [
            '--cores',
            '1',
            '--memory',
            '1g',
            '--webui-port',
            `${await freePort()}`,
            address,
          ]),
        );
      await until('both workers to register', async () => (await cluster.state())?.aliveworkers === 2, { hopeless });
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  /** Null while the master does not answer. */
  async state(): Promise<MasterState | null> {
    return fetch(this.page)
      .then(async (answer) => MasterState.parse(await answer.json()))
      .catch(() => null);
  }

  /** As when its machine is switched off: the worker, and what it runs, at once. */
  killWorker(number: 0 | 1): void {
    const worker = this.workers[number];
    if (worker === undefined) throw new RangeError(`there is no worker ${number}`);
    for (const pid of descendantsOf(worker.pid)) kill(pid);
    worker.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    for (const worker of this.workers) await worker.stop();
    await this.child.stop();
    await this.dismissGuardian();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** The folder of Spark's programs in a venv. */
export function sparkHome(python: string): string {
  const lib = join(dirname(python), '../lib');
  const version = readdirSync(lib).find((name) => name.startsWith('python'));
  return join(lib, version ?? '', 'site-packages/pyspark');
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** Processes that a process has started, and those that they have. */
function descendantsOf(pid: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), parent: parentOf(Number(name)) }));
  const below = (of: number): number[] =>
    parents.filter(({ parent }) => parent === of).flatMap((child) => [child.pid, ...below(child.pid)]);
  return below(pid);
}

/** Processes that are called with a text among their arguments. */
export const processesNaming = (text: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && argumentsOf(name).includes(text))
    .map(Number);

function argumentsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

function parentOf(pid: number): number | null {
  try {
    // "12 (name with spaces) S 1 …"
    return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
  } catch {
    return null;
  }
}
