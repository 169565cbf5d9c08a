import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { FilesystemStore } from '#artifacts/filesystem-store';
import { PackageStore } from '#artifacts/package-store';
import { ModelActivated } from '#contracts/events/deployment';
import { ModelStatus } from '#contracts/http/models';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { EventProducer } from '#kafka/produce/producer';
import { freePorts } from '../../deploy/local/ports.js';
import type { Child } from '../../deploy/local/processes/child.js';
import { serviceProgram } from '../../deploy/local/stack/services.js';
import { until } from '../../deploy/local/until.js';
import { samplePackage } from '../e2e/model-packages.js';
import { evaluated, RegistryClient, trained } from '../e2e/registry-client.js';
import { startStack, type TestStack } from '../stack/stack.js';
import type { ClientOrder, ClientReport } from './swap/client.js';

/**
 * Four instances under steady load while commands on Kafka roll back and deploy again, 200 times in all. A swap takes
 * from writing the command to reading the last instance's acknowledgement: six hops over Kafka for a deployment (command,
 * staged, loaded, promoted, activated), three for a rollback.
 */
const INSTANCES = 4;
const SWAPS = 200;
const LOAD = { each: 2, perSecond: 100 };

/** Reads acknowledgements, as the registry does. */
class Acknowledgements {
  private readonly seen: ModelActivated[] = [];
  private wake: (() => void) | null = null;

  constructor(private readonly told: (ack: ModelActivated) => void) {}

  async listen(stack: TestStack): Promise<() => Promise<void>> {
    const consumer = stack.kafka.consumer({ groupId: `bench-${randomUUID()}`, maxWaitTimeInMs: 50 });
    await consumer.connect();
    await consumer.subscribe({ topics: ['model.activated'], fromBeginning: true });
    await consumer.run({
      // It never reads on from where it was.
      autoCommit: false,
      eachMessage: async ({ message }) => {
        const ack = ModelActivated.parse(JSON.parse(String(message.value)));
        this.seen.push(ack);
        this.told(ack);
        this.wake?.();
      },
    });
    return () => consumer.disconnect();
  }

  /** Resolves when this many instances have acknowledged the version by a generation above `above`; gives the latter. */
  async of(version: string, above: number, instances: number): Promise<number> {
    for (;;) {
      const acks = this.seen.filter((ack) => ack.version === version && ack.generation > above);
      if (new Set(acks.map(({ instance }) => instance)).size === instances)
        return Math.max(...acks.map(({ generation }) => generation));
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }
}

async function serve(stack: TestStack): Promise<{ children: Child[]; ports: number[] }> {
  const ports = await freePorts(INSTANCES);
  const parts = { home: stack.home, brokers: stack.brokers, databaseUrl: '' };
  const children = await Promise.all(
    ports.map((port, i) =>
      serviceProgram(
        parts,
        { name: 'serving-1', app: 'serving', port },
        { INSTANCE_ID: `instance-${i}`, LOG_LEVEL: 'info' },
      ).start(new AbortController().signal),
    ),
  );
  return { children, ports };
}

/** Two versions that passed the gate; the first is live. */
async function prepareVersions(stack: TestStack, producer: EventProducer, registry: RegistryClient): Promise<void> {
  const packages = new PackageStore(new FilesystemStore(pathToFileURL(join(stack.home, 'artifacts'))));
  for (const [odds, auto_deploy] of [
    [[1, -1], true],
    [[-1, 1], false],
  ] as const) {
    const { digest, uri } = await packages.write(samplePackage({ odds, padding: 200 }));
    const training = trained(String(odds), { digest, artifact_uri: uri, backend: 'ml-xgboost', auto_deploy });
    await producer.publish('model.trained', training);
    await producer.publish('model.evaluated', evaluated(training, 'pass'));
  }
  await until('the first version to be live on every instance', async () => {
    const { live, deployment, versions, instances } = await registry.get(ModelStatus, `/v1/models/${DEFAULT_MODEL}`);
    const serving = instances.filter(({ version }) => version === 'v1.0.0').length;
    return versions === 2 && live?.version === 'v1.0.0' && deployment === null && serving === INSTANCES;
  });
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

function times(prefix: string, milliseconds: number[]): Record<string, number> {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  const rounded = (value: number): number => Number(value.toFixed(2));
  return {
    [`${prefix}_p50`]: rounded(quantile(sorted, 0.5)),
    [`${prefix}_p99`]: rounded(quantile(sorted, 0.99)),
    [`${prefix}_max`]: rounded(sorted.at(-1) ?? Number.NaN),
  };
}

export async function run() {
  const stack = await startStack({ services: ['registry'], env: { '*': { LOG_LEVEL: 'info' } } });
  const producer = new EventProducer({ kafka: stack.kafka, source: 'bench', logger: stack.logger });
  const client: ChildProcess = fork(fileURLToPath(new URL('./swap/client.js', import.meta.url)), { execArgv: [] });
  const tell = (order: ClientOrder): void => void client.send(order);
  const cleanups: (() => Promise<unknown>)[] = [];
  try {
    const { children, ports } = await serve(stack);
    cleanups.push(() => Promise.all(children.map((child) => child.stop())));
    const registry = new RegistryClient(stack.urls.registry, stack.token);
    await prepareVersions(stack, producer, registry);
    const acknowledgements = new Acknowledgements(({ instance, generation }) =>
      tell({ kind: 'acknowledged', instance: Number(instance.split('-')[1]), generation }),
    );
    cleanups.push(await acknowledgements.listen(stack));
    let generation = await acknowledgements.of('v1.0.0', 0, INSTANCES);
    tell({ kind: 'start', ports, ...LOAD });
    const rollbacks: number[] = [];
    const deployments: number[] = [];
    // The first two warm up.
    for (let swap = -2; swap < SWAPS; swap++) {
      const deploy = swap % 2 === 0;
      const version = deploy ? 'v1.1.0' : 'v1.0.0';
      const command = {
        model: DEFAULT_MODEL,
        version,
        reason: `swap ${swap}`,
        actor: 'bench',
        command_id: randomUUID(),
      };
      const start = performance.now();
      await producer.publish(deploy ? 'model.deploy-requested' : 'model.rollback-requested', command);
      generation = await acknowledgements.of(version, generation, INSTANCES);
      if (swap >= 0) (deploy ? deployments : rollbacks).push(performance.now() - start);
      // The registry, too, has to read the acknowledgements before it takes the next command.
      await until('the deployment to be over', async () => {
        const { deployment } = await registry.get(ModelStatus, `/v1/models/${DEFAULT_MODEL}`);
        return deployment === null;
      });
    }
    const report = await new Promise<ClientReport>((resolve) => {
      client.once('message', (message: ClientReport) => resolve(message));
      tell({ kind: 'stop' });
    });
    if (report.failures.length > 0) process.stderr.write(`${report.failures.slice(0, 5).join('\n')}\n`);
    return {
      name: 'swap',
      figures: {
        ...times('command_to_all_swapped_ms', [...rollbacks, ...deployments]),
        ...times('rollback_ms', rollbacks),
        ...times('deployment_ms', deployments),
        swaps: rollbacks.length + deployments.length,
        instances: INSTANCES,
        requests: report.requests,
        failed_requests: report.failures.length,
        wrong_version_responses: report.outdated,
        answer_p50_ms: Number(report.p50.toFixed(3)),
        answer_p99_ms: Number(report.p99.toFixed(3)),
      },
    };
  } finally {
    client.disconnect();
    for (const cleanup of cleanups.reverse()) await cleanup();
    await producer.disconnect();
    await stack.stop();
  }
}
