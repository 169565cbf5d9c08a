import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { EventProducer } from '#kafka/produce/producer';
import { freePorts } from '../../../deploy/local/ports.js';
import type { Child } from '../../../deploy/local/processes/child.js';
import { serviceProgram } from '../../../deploy/local/stack/services.js';
import { RegistryClient } from '../../e2e/registry-client.js';
import { startStack, type TestStack } from '../../stack/stack.js';
import type { ClientOrder, ClientReport } from './client.js';
import { Acknowledgements, prepareVersions, type SwapTimes, swapInTurn } from './swaps.js';

export interface UnderLoad {
  readonly instances: number;
  readonly swaps: number;
  /** Connections to each instance, and requests a second on each of them. */
  readonly load: { readonly each: number; readonly perSecond: number };
}

/** Instances that are started at once: each takes a second of a core. */
const AT_ONCE = 4;

async function serve(stack: TestStack, instances: number, started: (child: Child) => void): Promise<readonly number[]> {
  const ports = await freePorts(instances);
  const parts = { home: stack.home, brokers: stack.brokers, databaseUrl: '' };
  for (let first = 0; first < instances; first += AT_ONCE)
    await Promise.all(
      ports.slice(first, first + AT_ONCE).map(async (port, i) => {
        const own = { INSTANCE_ID: `instance-${first + i}`, LOG_LEVEL: 'info' };
        const program = serviceProgram(parts, { name: 'serving-1', app: 'serving', port }, own);
        started(await program.start(new AbortController().signal));
      }),
    );
  return ports;
}

/** Swaps on real instances, which log each decision to Kafka, while they are asked all the time. */
export async function swapUnderLoad({ instances, swaps, load }: UnderLoad): Promise<SwapTimes & ClientReport> {
  const stack = await startStack({ services: ['registry'], env: { '*': { LOG_LEVEL: 'info' } } });
  const producer = new EventProducer({ kafka: stack.kafka, source: 'bench', logger: stack.logger });
  const client: ChildProcess = fork(fileURLToPath(new URL('./client.js', import.meta.url)), { execArgv: [] });
  const tell = (order: ClientOrder): void => void client.send(order);
  const children: Child[] = [];
  let unlisten: () => Promise<void> = async () => undefined;
  try {
    const ports = await serve(stack, instances, (child) => children.push(child));
    const registry = new RegistryClient(stack.urls.registry, stack.token);
    await prepareVersions(stack, producer, registry, instances);
    const acknowledgements = new Acknowledgements(({ instance, generation }) =>
      tell({ kind: 'acknowledged', instance: Number(instance.split('-')[1]), generation }),
    );
    unlisten = await acknowledgements.listen(stack);
    tell({ kind: 'start', ports, ...load });
    const swapped = await swapInTurn({ producer, registry, acknowledgements, instances }, swaps);
    const report = await new Promise<ClientReport>((resolve) => {
      client.once('message', (message: ClientReport) => resolve(message));
      tell({ kind: 'stop' });
    });
    if (report.failures.length > 0) process.stderr.write(`${report.failures.slice(0, 5).join('\n')}\n`);
    return { ...swapped, ...report };
  } finally {
    client.disconnect();
    await unlisten();
    await Promise.all(children.map((child) => child.stop()));
    await producer.disconnect();
    await stack.stop();
  }
}
