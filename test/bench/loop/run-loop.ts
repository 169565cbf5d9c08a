import { join } from 'node:path';
import type { ModelDefinition } from '#contracts/model-definition';
import { REPOSITORY } from '../../../deploy/local/repository.js';
import { Ours } from '../drift/ours.js';
import type { Learnt } from '../drift/train.js';
import { FollowingEngine, type Truth } from './turning-stream.js';

/** A promotion that costs less is none of a worse version. */
const NOTHING = 0.003;

/** One loop to be run. */
export interface Cell {
  readonly truth: Truth;
  readonly exploration: number;
  readonly gate: 'now' | 'before';
  readonly seed: number;
}

/** How long each is. */
export interface Length {
  readonly retrains: number;
  /** Rows between two retrains. */
  readonly week: number;
  /** Weeks after which a rotating truth is the other one. */
  readonly halfTurn: number;
}

export interface Row extends Cell {
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

export async function runLoop(cell: Cell, length: Length, library: string | null): Promise<Row> {
  const { truth, exploration, gate, seed } = cell;
  const rows = length.retrains * length.week;
  const file = join(REPOSITORY, 'deploy/models/backlink-outcome.yaml');
  const halfTurn = length.halfTurn * length.week;
  const engine = new FollowingEngine(file, gate === 'now' ? asNow : asBefore, { truth, rows, halfTurn, seed });
  let live: Learnt | null = null;
  let first: number | null = null;
  const changes: number[] = [];
  const say = (text: () => string): void => {
    if (process.env.LOOP_VERBOSE) process.stderr.write(`${truth} ${exploration} ${gate} ${seed}: ${text()}\n`);
  };
  const worthOf = (model: Learnt | null, number: number) => rounded(engine.worth(model, number));
  const wentLive = (number: number, now: Learnt, before: Learnt | null, why: 'deployed' | 'rolled-back') => {
    live = now;
    const worth = engine.worth(now, number);
    first ??= worth;
    if (before !== null && why === 'deployed') changes.push(worth - engine.worth(before, number));
    say(() => `${number} ${why}: ${rounded(worth)}, before ${before && worthOf(before, number)}`);
  };
  const told = (number: number, what: string, model?: Learnt) =>
    say(() => `${number} ${what}${model ? ` ${worthOf(model, number)} of ${worthOf(null, number)}` : ''}`);
  await new Ours(engine.stream, library, { week: length.week, exploration, wentLive, told }).run();
  const at = rows - 1;
  return {
    ...cell,
    first: rounded(first ?? Number.NaN),
    served: live === null ? Number.NaN : worthOf(live, at),
    best: worthOf(null, at),
    promotions: changes.length,
    worse_promotions: changes.filter((change) => change < -NOTHING).length,
    worst: rounded(Math.min(0, ...changes)),
  };
}

export const rounded = (value: number): number => Math.round(value * 1000) / 1000;
