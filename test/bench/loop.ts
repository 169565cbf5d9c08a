import { join } from 'node:path';
import type { ModelDefinition } from '#contracts/model-definition';
import { locateLibrary } from '#models/native/locate';
import { DEFAULT_HOME, REPOSITORY } from '../../deploy/local/repository.js';
import { Ours } from './drift/ours.js';
import type { Learnt } from './drift/train.js';
import { FollowingEngine, type Truth } from './loop/turning-stream.js';

const RETRAINS = Number(process.env.LOOP_RETRAINS ?? 15);
const SEEDS = Number(process.env.LOOP_SEEDS ?? 5);
/** Rows between two retrains. */
const WEEK = Number(process.env.LOOP_WEEK ?? 8_000);
/** Weeks after which a rotating truth is the other one. */
const HALF_TURN = Number(process.env.LOOP_HALF_TURN ?? 36);
/** The demands that there were before are for comparison. */
const SEEDS_BEFORE = Math.min(SEEDS, 2);
/** A promotion that costs less is none of a worse version. */
const NOTHING = 0.003;
const only = process.env.LOOP_ONLY ?? '';

/**
 * The demands that there were before: accuracy, macro-F1 and failures all at once, a hundred effective samples, no trial, and
 * all rows since the beginning.
 */
const asBefore = (definition: ModelDefinition): ModelDefinition => ({
  ...definition,
  gate: { ...definition.gate, profile: 'seed', minimum_effective_samples: 100, recent_days: 10_000 },
  canary: { ...definition.canary, on_inconclusive: 'keep' },
  training_window: 'all',
});
/** What is recommended for models that choose actions. */
const asNow = (definition: ModelDefinition): ModelDefinition => ({
  ...definition,
  gate: { ...definition.gate, profile: 'policy' },
});

interface Row {
  readonly truth: Truth;
  readonly exploration: number;
  readonly gate: 'now' | 'before';
  readonly seed: number;
  /** True success rate of the first version when it went live, of what is served at the end, and of the best there is. */
  readonly first: number;
  readonly served: number;
  readonly best: number;
  readonly promotions: number;
  /** Versions deployed that were worse, when they were, than what they took the place of; and by how much the worst. */
  readonly worse_promotions: number;
  readonly worst: number;
}

/**
 * Whether a loop whose engine always follows finds better choices by itself: what is served after 15 retrains against the best there is, by
 * the true success rate, with exploration and without, for a truth that stands still and one that turns.
 */
export async function run() {
  const library = locateLibrary('xgboost', { env: {}, home: DEFAULT_HOME });
  const rows: Row[] = [];
  for (const truth of ['fixed', 'rotating'] as const)
    for (const exploration of [0.05, 0])
      for (const gate of ['now', 'before'] as const)
        for (let seed = 1; seed <= (gate === 'now' ? SEEDS : SEEDS_BEFORE); seed++) {
          if (!`${truth} ${exploration} ${gate}`.includes(only)) continue;
          const row = await runLoop({ truth, exploration, gate, seed }, library);
          process.stderr.write(`${JSON.stringify(row)}\n`);
          rows.push(row);
        }
  const figures: Record<string, number> = { retrains: RETRAINS, seeds: SEEDS };
  for (const [gate, suffix] of [
    ['now', ''],
    ['before', '_as_before'],
  ] as const) {
    const of = rows.filter((row) => row.gate === gate);
    // With LOOP_ONLY there may be none.
    if (of.length === 0) continue;
    figures[`behind_the_best_max${suffix}`] = rounded(Math.max(...of.map(({ best, served }) => best - served)));
    figures[`worse_promotions${suffix}`] = sum(of.map((row) => row.worse_promotions));
  }
  return { name: 'loop', figures, rows };
}

async function runLoop(
  { truth, exploration, gate, seed }: Pick<Row, 'truth' | 'exploration' | 'gate' | 'seed'>,
  library: string | null,
): Promise<Row> {
  const length = RETRAINS * WEEK;
  const file = join(REPOSITORY, 'deploy/models/backlink-outcome.yaml');
  const engine = new FollowingEngine(file, gate === 'now' ? asNow : asBefore, {
    truth,
    rows: length,
    halfTurn: HALF_TURN * WEEK,
    seed,
  });
  let live: Learnt | null = null;
  let first: number | null = null;
  const changes: number[] = [];
  const wentLive = (number: number, now: Learnt, before: Learnt | null, why: 'deployed' | 'rolled-back') => {
    live = now;
    const worth = engine.worth(now, number);
    first ??= worth;
    if (before !== null && why === 'deployed') changes.push(worth - engine.worth(before, number));
  };
  await new Ours(engine.stream, library, { week: WEEK, exploration, wentLive }).run();
  const at = length - 1;
  return {
    truth,
    exploration,
    gate,
    seed,
    first: rounded(first ?? Number.NaN),
    served: rounded(live === null ? Number.NaN : engine.worth(live, at)),
    best: rounded(engine.worth(null, at)),
    promotions: changes.length,
    worse_promotions: changes.filter((change) => change < -NOTHING).length,
    worst: rounded(Math.min(0, ...changes)),
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const rounded = (value: number): number => Math.round(value * 1000) / 1000;
