import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FilesystemStore } from '#artifacts/filesystem-store';
import { PackageStore } from '#artifacts/package-store';
import { ModelActivated } from '#contracts/events/deployment';
import { ModelStatus } from '#contracts/http/models';
import { DEFAULT_MODEL } from '#contracts/primitives';
import type { EventProducer } from '#kafka/produce/producer';
import { until } from '../../../deploy/local/until.js';
import { samplePackage } from '../../e2e/model-packages.js';
import { evaluated, type RegistryClient, trained } from '../../e2e/registry-client.js';
import type { TestStack } from '../../stack/stack.js';

/** Reads acknowledgements, as the registry does. */
export class Acknowledgements {
  /** Of each instance the newest. */
  private readonly newest = new Map<string, ModelActivated>();
  private wake: (() => void) | null = null;

  constructor(private readonly told: (ack: ModelActivated) => void = () => undefined) {}

  async listen(stack: TestStack): Promise<() => Promise<void>> {
    const consumer = stack.kafka.consumer({ groupId: `bench-${randomUUID()}`, maxWaitTimeInMs: 50 });
    await consumer.connect();
    await consumer.subscribe({ topics: ['model.activated'], fromBeginning: true });
    await consumer.run({
      // It never reads on from where it was.
      autoCommit: false,
      eachMessage: async ({ message }) => {
        const ack = ModelActivated.parse(JSON.parse(String(message.value)));
        this.newest.set(ack.instance, ack);
        this.told(ack);
        this.wake?.();
      },
    });
    return () => consumer.disconnect();
  }

  /** Resolves when this many instances have acknowledged the version by a generation above `above`; gives the latter. */
  async of(version: string, above: number, instances: number): Promise<number> {
    for (;;) {
      const acks = [...this.newest.values()].filter((ack) => ack.version === version && ack.generation > above);
      if (acks.length === instances) return Math.max(...acks.map(({ generation }) => generation));
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }
}

/** Two versions that passed the gate; the first is live on so many instances. */
export async function prepareVersions(
  stack: TestStack,
  producer: EventProducer,
  registry: RegistryClient,
  instances: number,
): Promise<void> {
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
    const status = await registry.get(ModelStatus, `/v1/models/${DEFAULT_MODEL}`);
    const serving = status.instances.filter(({ version }) => version === 'v1.0.0').length;
    return (
      status.versions === 2 && status.live?.version === 'v1.0.0' && status.deployment === null && serving === instances
    );
  });
}

interface Fleet {
  readonly producer: EventProducer;
  readonly registry: RegistryClient;
  readonly acknowledgements: Acknowledgements;
  readonly instances: number;
}

/** Milliseconds from a command on Kafka to the last instance's acknowledgement. */
export interface SwapTimes {
  readonly rollbacks: readonly number[];
  readonly deployments: readonly number[];
}

/** Deploys the second version and rolls back again, in turn. The first two swaps warm up. */
export async function swapInTurn(
  { producer, registry, acknowledgements, instances }: Fleet,
  swaps: number,
): Promise<SwapTimes> {
  let generation = await acknowledgements.of('v1.0.0', 0, instances);
  const rollbacks: number[] = [];
  const deployments: number[] = [];
  for (let swap = -2; swap < swaps; swap++) {
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
    generation = await acknowledgements.of(version, generation, instances);
    if (swap >= 0) (deploy ? deployments : rollbacks).push(performance.now() - start);
    // The registry, too, has to read the acknowledgements before it takes the next command.
    await until('the deployment to be over', async () => {
      const { deployment } = await registry.get(ModelStatus, `/v1/models/${DEFAULT_MODEL}`);
      return deployment === null;
    });
  }
  return { rollbacks, deployments };
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export function times(prefix: string, milliseconds: readonly number[]): Record<string, number> {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const rounded = (value: number): number => Number(value.toFixed(2));
  return {
    [`${prefix}_p50`]: rounded(quantile(sorted, 0.5)),
    [`${prefix}_p99`]: rounded(quantile(sorted, 0.99)),
    [`${prefix}_max`]: rounded(sorted.at(-1) ?? Number.NaN),
  };
}
