import { times } from './swap/swaps.js';
import { swapUnderLoad } from './swap/under-load.js';

/**
 * Four instances under steady load while commands on Kafka roll back and deploy again, 200 times in all. A swap takes
 * from writing the command to reading the last instance's acknowledgement: six hops over Kafka for a deployment (command,
 * staged, loaded, promoted, activated), three for a rollback.
 */
const INSTANCES = 4;
const SWAPS = 200;
const LOAD = { each: 2, perSecond: 100 };

export async function run() {
  const { rollbacks, deployments, ...report } = await swapUnderLoad({ instances: INSTANCES, swaps: SWAPS, load: LOAD });
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
    notes: ['Every decision is logged to Kafka meanwhile.'],
  };
}
