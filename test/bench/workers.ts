import { samplePackage } from '../e2e/model-packages.js';
import { ServingWorld } from '../e2e/serving-world.js';
import { requestBytes } from './load/connection.js';
import type { Load } from './load/load.js';
import { machineSpeed } from './load/machine-speed.js';
import { type Contestant, compete, type Spread } from './load/rounds.js';

/**
 * An instance with two workers against one of a single process, loaded in turn by the same generator. It shows what a second worker
 * brings where there is a core for it; on two cores the generator takes one, and what is left is what the workers cost.
 */
const ROUNDS = 5;
const SECONDS = 3;
const CONNECTIONS = 16;
const BATCH = 100;
/** So that a batch is work for the evaluator. */
const TREES = 200;
const REQUESTS = 64;

const many = (make: (i: number) => Buffer): string[] =>
  Array.from({ length: REQUESTS }, (_, i) => make(i).toString('base64'));
const decisions = many((i) =>
  requestBytes('bench', '/v1/decide', JSON.stringify({ task_id: i, site: { da: i % 100 } })),
);
const batches = many((i) => {
  const data = Array.from({ length: BATCH }, (_, row) => (i + row) % 100);
  const inputs = [{ name: 'da', datatype: 'FP64', shape: [BATCH], data }];
  return requestBytes('bench', '/v2/models/backlink-outcome/infer', JSON.stringify({ inputs }));
});

const perSecond = (load: Load): number => load.perSecond;
const rounded = (value: number): number => Number(value.toPrecision(4));

export async function run() {
  const world = await ServingWorld.start({ listen: ['model.activated'] });
  try {
    const instances = [
      await world.serve('one', { LOG_LEVEL: 'info' }),
      await world.serve('two', { LOG_LEVEL: 'info', SERVING_WORKERS: '2' }),
    ];
    const live = await world.version('v1.0.0', samplePackage({ odds: [0.8, 0.4], padding: TREES }));
    await world.activated(await world.want('promote', { live }), instances);
    const contestants = (requests: readonly string[]): Contestant[] =>
      instances.map(({ name, url }) => ({ name, port: Number(new URL(url).port), requests }));
    const speed = machineSpeed();
    const options = { rounds: ROUNDS, seconds: SECONDS, connections: CONNECTIONS };
    const measured = {
      decide: await compete(contestants(decisions), options),
      batch: await compete(contestants(batches), options),
    };
    const ratios = Object.entries(measured).map(([name, rounds]): [string, Spread] => [
      `${name}_two_vs_one`,
      rounds.ratio('two', 'one', perSecond),
    ]);
    return {
      name: 'workers',
      ratios: Object.fromEntries(ratios.map(([name, { median }]) => [name, rounded(median)])),
      spread: Object.fromEntries(ratios.map(([name, { low, high }]) => [name, [rounded(low), rounded(high)]])),
      figures: {
        ...Object.fromEntries(
          Object.entries(measured).flatMap(([name, rounds]) =>
            rounds.names.flatMap((workers) => [
              [`${name}_${workers}_per_second`, rounded(rounds.figure(workers, perSecond).median)],
              [`${name}_${workers}_p99_ms`, rounded(rounds.figure(workers, ({ p99 }) => p99).median)],
            ]),
          ),
        ),
        machine_million_turns_per_second: rounded(Math.max(speed, machineSpeed())),
      },
    };
  } finally {
    await world.stop();
  }
}
