import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type Cell, type CellResult, FEWEST_SHOWN } from './judge/cell.js';
import { REGIMES } from './judge/logging.js';

/**
 * Whether the gate lets better ones through and worse ones not, on worlds of known truth: every verdict by the very functions that the
 * evaluator and the registry call, on holdouts of several sizes, logged in several ways. What is inconclusive and suited goes on trial.
 *
 * JUDGE_SEED draws other worlds; JUDGE_TRIALS=0 leaves the trials out, which take most of the time. JUDGE_REPLICATIONS and JUDGE_ONLY (a part of a cell's JSON) are for trying things out.
 */
const REPLICATIONS = Number(process.env.JUDGE_REPLICATIONS ?? 300);
const SEED = process.env.JUDGE_SEED ?? '2';
const THREADS = Number(process.env.JUDGE_THREADS ?? Math.min(2, availableParallelism()));
const SUCCESS_RATES = [0.03, 0.15, 0.5, 0.85, 0.97];
const ROWS = [1000, 5000];
/** Equal ones are shown in one of the ways: their trials take all the tasks they may. */
const EQUAL_REGIME = 'follows, exploration 0.05';
/** The three demands of the seed are shown for comparison, in one of the ways. */
const SEED_REGIME = 'follows in 85 %, exploration 0.05';
/** Ways of logging before there is a model to follow. */
const BEFORE_A_MODEL = ['own rule alone', 'own rule that knows more'];

function cells(): Cell[] {
  const all: Cell[] = [];
  const add = (cell: Cell) => all.push(cell);
  for (const successRate of SUCCESS_RATES)
    for (const rows of ROWS) {
      for (const { name: regime } of REGIMES) {
        add({ successRate, regime, rows, challenger: 'better', profile: 'policy' });
        add({ successRate, regime, rows, challenger: 'worse', profile: 'policy' });
        if (rows === ROWS[1] && regime === EQUAL_REGIME)
          add({ successRate, regime, rows, challenger: 'equal', profile: 'policy' });
      }
      for (const regime of BEFORE_A_MODEL)
        for (const challenger of ['better first', 'worse first'] as const)
          add({ successRate, regime, rows, challenger, profile: 'policy' });
      for (const challenger of ['better', 'worse'] as const)
        if (rows === ROWS[1]) add({ successRate, regime: SEED_REGIME, rows, challenger, profile: 'seed' });
    }
  const only = process.env.JUDGE_ONLY;
  return only ? all.filter((cell) => JSON.stringify(cell).includes(only)) : all;
}

async function runAll(wanted: readonly Cell[]): Promise<CellResult[]> {
  const results = new Map<Cell, CellResult>();
  // The large ones first, so that no thread is left with one at the end.
  const queue = [...wanted].sort((a, b) => b.rows - a.rows);
  const thread = async () => {
    const worker = new Worker(new URL('./judge/worker.js', import.meta.url), {
      workerData: { replications: REPLICATIONS, seed: SEED, trials: process.env.JUDGE_TRIALS !== '0' },
    });
    for (let cell = queue.shift(); cell; cell = queue.shift()) {
      const own = cell;
      results.set(
        own,
        await new Promise<CellResult>((resolve, reject) => {
          worker.removeAllListeners().once('message', resolve).once('error', reject);
          worker.postMessage(own);
        }),
      );
      process.stderr.write(`\r${results.size} of ${wanted.length} `);
    }
    await worker.terminate();
  };
  await Promise.all(Array.from({ length: THREADS }, thread));
  process.stderr.write('\n');
  return wanted.map((cell) => results.get(cell)).filter((result) => result !== undefined);
}

/** Intervals that are shown too seldom in a cell to say how often they hold the truth: of each kind over all such cells. */
function rarelyShown(rows: readonly CellResult[]): (number | null)[] {
  const pooled = new Map<string, [number, number]>();
  for (const row of rows)
    for (const [name, [inside, of]] of Object.entries(row.shown)) {
      if (row.coverage[name] !== null) continue;
      const [before, ofBefore] = pooled.get(name) ?? [0, 0];
      pooled.set(name, [before + inside, ofBefore + of]);
    }
  return [...pooled.values()].map(([inside, of]) => (of < FEWEST_SHOWN ? null : inside / of));
}

export async function run() {
  const started = performance.now();
  const rows = await runAll(cells());
  const of = (profile: string, ...kinds: string[]) =>
    rows.filter((row) => row.profile === profile && kinds.includes(row.challenger));
  const most = (values: readonly number[]) => Math.max(0, ...values);
  const least = (values: readonly number[]) => Math.min(1, ...values);
  const coverage = [...rows.flatMap((row) => Object.values(row.coverage)), ...rarelyShown(rows)].filter(
    (share) => share !== null,
  );
  return {
    name: 'judge',
    figures: {
      worse_passed_rate: most(of('policy', 'worse').map((row) => row.let_through)),
      worse_first_version_rate: most(of('policy', 'worse first').map((row) => row.let_through)),
      better_let_through_rate_min: least(of('policy', 'better').map((row) => row.let_through)),
      better_failed_rate: most(of('policy', 'better').map((row) => row.fail)),
      interval_coverage_min: least(coverage),
      equal_passed_rate: most(of('policy', 'equal').map((row) => row.let_through)),
      better_first_version_rate_min: least(of('policy', 'better first').map((row) => row.let_through)),
      seed_worse_passed_rate: most(of('seed', 'worse').map((row) => row.let_through)),
      seed_better_let_through_rate_min: least(of('seed', 'better').map((row) => row.let_through)),
      replications: REPLICATIONS,
      seconds: Math.round((performance.now() - started) / 1000),
    },
    rows,
  };
}
