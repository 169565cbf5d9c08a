import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningKafka, startKafka } from '../../deploy/local/kafka/kafka.js';
import { freePorts } from '../../deploy/local/ports.js';
import { postGuardian } from '../../deploy/local/processes/guardian.js';
import { Ledger } from '../../deploy/local/processes/ledger.js';
import { DEFAULT_HOME } from '../../deploy/local/repository.js';

const NODES = [1, 2, 3] as const;

/** Three brokers that are controllers as well; topics have three copies, of which two must have a message. */
export class BrokerCluster {
  private readonly running = new Map<number, RunningKafka>();
  private readonly clusterId = randomBytes(16).toString('base64url').replaceAll('-', '_');

  private constructor(
    private readonly folder: string,
    private readonly ports: readonly number[],
    private readonly ledger: Ledger,
    private readonly dismissGuardian: () => Promise<void>,
  ) {}

  static async start(): Promise<BrokerCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'ratchet-brokers-'));
    const ledger = new Ledger(join(folder, 'processes.json'));
    const cluster = new BrokerCluster(folder, await freePorts(2 * NODES.length), ledger, postGuardian(ledger.file));
    await cluster.revive(...NODES);
    return cluster;
  }

  get nodes(): readonly number[] {
    return NODES;
  }

  /** For KAFKA_BROKERS. */
  get brokers(): string {
    return NODES.map((node) => `127.0.0.1:${this.portOf(node)}`).join(',');
  }

  /** As machines that are gone, all at once. */
  async kill(...nodes: readonly number[]): Promise<void> {
    const killed = nodes.flatMap((node) => this.running.get(node) ?? []);
    for (const { child } of killed) child.kill('SIGKILL');
    for (const { child } of killed) await child.exited;
  }

  /** Starts nodes on the data they had; returns when each of them answers. */
  async revive(...nodes: readonly number[]): Promise<void> {
    await Promise.all(nodes.map(async (node) => this.running.set(node, await this.startNode(node))));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.running.values()].map((node) => node.stop()));
    await this.dismissGuardian();
    await rm(this.folder, { recursive: true, force: true });
  }

  private startNode(node: number): Promise<RunningKafka> {
    const { folder, ledger, clusterId } = this;
    const port = this.portOf(node);
    return startKafka({
      home: DEFAULT_HOME,
      dataDir: join(folder, `node-${node}`),
      port,
      logFile: join(folder, `node-${node}.log`),
      ledger,
      clusterId,
      settings: {
        'node.id': String(node),
        listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${this.controllerPortOf(node)}`,
        'controller.quorum.voters': NODES.map((each) => `${each}@127.0.0.1:${this.controllerPortOf(each)}`).join(','),
        'default.replication.factor': '3',
        'min.insync.replicas': '2',
        'offsets.topic.replication.factor': '3',
        'transaction.state.log.replication.factor': '3',
        'transaction.state.log.min.isr': '2',
      },
    });
  }

  private portOf(node: number): number {
    return this.ports[node - 1] ?? 0;
  }

  private controllerPortOf(node: number): number {
    return this.ports[NODES.length + node - 1] ?? 0;
  }
}
