import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { locateLibrary } from '#models/native/locate';
import { DEFAULT_HOME } from '../../deploy/local/repository.js';
import { type Cell, type Length, type Row, rounded } from './loop/run-loop.js';

const RETRAINS = Number(process.env.LOOP_RETRAINS ?? 15);
const SEEDS = Number(process.env.LOOP_SEEDS ?? 5);
const LENGTH: Length = {
  retrains: RETRAINS,
  week: Number(process.env.LOOP_WEEK ?? 8_000),
  halfTurn: Number(process.env.LOOP_HALF_TURN ?? 36),
};
const THREADS = Number(process.env.LOOP_THREADS ?? Math.min(2, availableParallelism()));
/** The demands that there were before are for comparison. */
const SEEDS_BEFORE = Math.min(SEEDS, 2);
/** For trying things out: a part of a loop's name, as in "rotating 0 now 2"; LOOP_VERBOSE tells what became of each version. */
const only = process.env.LOOP_ONLY ?? '';

/**
 * Whether a loop whose engine always follows finds better choices by itself: what is served after 15 retrains against the best there is, by
 * the true success rate, with exploration and without, for a truth that stands still and one that turns.
 */
export async function run() {
  const rows = await runAll(cells().filter((cell) => nameOf(cell).includes(only)));
  const figures: Record<string, number> = { retrains: RETRAINS, seeds: SEEDS };
  for (const [gate, suffix] of [
    ['now', ''],
    ['before', '_as_before'],
  ] as const) {
    const of = rows.filter((row) => row.gate === gate);
    // With LOOP_ONLY there may be none.
    if (of.length === 0) continue;
    figures[`behind_the_best_max${suffix}`] = rounded(Math.max(...of.map(({ best, served }) => best - served)));
    figures[`worse_promotions${suffix}`] = of.reduce((sum, row) => sum + row.worse_promotions, 0);
  }
  return { name: 'loop', figures, rows };
}

const nameOf = ({ truth, exploration, gate, seed }: Cell): string => `${truth} ${exploration} ${gate} ${seed}`;

function cells(): Cell[] {
  const all: Cell[] = [];
  for (const truth of ['fixed', 'rotating'] as const)
    for (const exploration of [0.05, 0])
      for (const gate of ['now', 'before'] as const)
        for (let seed = 1; seed <= (gate === 'now' ? SEEDS : SEEDS_BEFORE); seed++)
          all.push({ truth, exploration, gate, seed });
  return all;
}

async function runAll(wanted: readonly Cell[]): Promise<Row[]> {
  const queue = [...wanted];
  const results = new Map<Cell, Row>();
  const library = locateLibrary('xgboost', { env: {}, home: DEFAULT_HOME });
  const thread = async () => {
    const worker = new Worker(new URL('./loop/worker.js', import.meta.url), {
      workerData: { library, length: LENGTH },
    });
    for (let cell = queue.shift(); cell; cell = queue.shift()) {
      const own = cell;
      const row = await new Promise<Row>((resolve, reject) => {
        worker.removeAllListeners().once('message', resolve).once('error', reject);
        worker.postMessage(own);
      });
      process.stderr.write(`${JSON.stringify(row)}\n`);
      results.set(own, row);
    }
    await worker.terminate();
  };
  await Promise.all(Array.from({ length: Math.min(THREADS, wanted.length) }, thread));
  return wanted.flatMap((cell) => results.get(cell) ?? []);
}
