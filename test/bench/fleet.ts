import { EventProducer } from '#kafka/produce/producer';
import { RegistryClient } from '../e2e/registry-client.js';
import { startStack } from '../stack/stack.js';
import { cpuSecondsOf } from './capacity/instances.js';
import { SimulatedInstances } from './fleet/simulated.js';
import { Acknowledgements, prepareVersions, swapInTurn, times } from './swap/swaps.js';
import { swapUnderLoad } from './swap/under-load.js';

/**
 * One command and many instances: fifty real ones that are asked all the time, then as many as the registry is to carry, which only say what real ones
 * say, and what a deployment of that many costs it.
 */
const REAL = Number(process.env.BENCH_INSTANCES || 50);
const SIMULATED = (process.env.BENCH_SIMULATED || '100,1000').split(',').map(Number);
const SWAPS = Number(process.env.BENCH_SWAPS || 40);
/** The fifty share two cores with their callers. */
const LOAD = { each: 1, perSecond: 5 };

const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function simulated(instances: number): Promise<Record<string, number>> {
  const stack = await startStack({ services: ['registry'], env: { '*': { LOG_LEVEL: 'warn' } } });
  const producer = new EventProducer({ kafka: stack.kafka, source: 'bench', logger: stack.logger });
  const ends: (() => Promise<void>)[] = [() => stack.stop(), () => producer.disconnect()];
  try {
    ends.push(await new SimulatedInstances(producer, instances).start(stack));
    const registry = new RegistryClient(stack.urls.registry, stack.token);
    await prepareVersions(stack, producer, registry, instances);
    const acknowledgements = new Acknowledgements();
    ends.push(await acknowledgements.listen(stack));
    const { pid } = stack.child('registry');
    const before = cpuSecondsOf(pid);
    const { rollbacks, deployments } = await swapInTurn({ producer, registry, acknowledgements, instances }, SWAPS);
    const swaps = rollbacks.length + deployments.length + 2;
    const cpuMs = (1000 * (cpuSecondsOf(pid) - before)) / swaps / instances;
    return {
      ...times(`simulated_${instances}_ms`, [...rollbacks, ...deployments]),
      [`simulated_${instances}_registry_cpu_ms_per_instance_and_swap`]: Number(cpuMs.toFixed(3)),
    };
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

export async function run() {
  say(`${REAL} real instances, ${SWAPS} swaps`);
  const { rollbacks, deployments, ...report } = await swapUnderLoad({ instances: REAL, swaps: SWAPS, load: LOAD });
  const figures: Record<string, number> = {
    instances: REAL,
    swaps: rollbacks.length + deployments.length,
    ...times('command_to_all_swapped_ms', [...rollbacks, ...deployments]),
    ...times('rollback_ms', rollbacks),
    ...times('deployment_ms', deployments),
    requests: report.requests,
    failed_requests: report.failures.length,
    wrong_version_responses: report.outdated,
    answer_p99_ms: Number(report.p99.toFixed(3)),
  };
  for (const count of SIMULATED) {
    say(`${count} simulated instances, ${SWAPS} swaps`);
    Object.assign(figures, await simulated(count));
  }
  return {
    name: 'fleet',
    figures,
    notes: [
      'Real instances share two cores with their callers, the registry, Kafka and PostgreSQL.',
      'Simulated ones tell every two seconds that they are there, and acknowledge what is wanted of them, each for itself; one process speaks for all. The registry’s processor time is that of all it does while the swaps go on, heartbeats included.',
    ],
  };
}
