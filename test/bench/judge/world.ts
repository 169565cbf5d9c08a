import type { Random } from '#domain/statistics/random';

export const ACTIONS = 4;
export const SITES = 300;

/** P(success) of each action on each site, at [site × ACTIONS + action]. */
export type Table = Float64Array;

export interface World {
  readonly success: Table;
  /** How much the odds gain where the action is the one that a task happens to favour, which no model sees. */
  readonly hiddenLogit: number;
  readonly logits: Float64Array;
  /** Mean of `logits`: what a model believes that knows nothing. */
  readonly centre: number;
}

/** A model is what it believes of each action on each site; its policy is the best of them. */
export interface Model {
  readonly belief: Table;
  readonly choice: Int32Array;
}

const SPREAD = 1.5;

export const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** Box & Muller 1958. */
export function gaussian(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A world in which the policy of a middling model succeeds this often. */
export function drawWorld(successRate: number, hiddenLogit: number, random: Random): World {
  const raw = Float64Array.from({ length: SITES * ACTIONS }, () => SPREAD * gaussian(random));
  const noise = Float64Array.from(raw, () => gaussian(random));
  let [low, high] = [-12, 12];
  let world = worldOf(raw, 0, hiddenLogit);
  for (let i = 0; i < 40; i++) {
    const centre = (low + high) / 2;
    world = worldOf(raw, centre, hiddenLogit);
    const middling = modelOf(world, 1.5, noise);
    if (successOf(world, middling.choice) < successRate) low = centre;
    else high = centre;
  }
  return world;
}

function worldOf(raw: Float64Array, centre: number, hiddenLogit: number): World {
  const logits = raw.map((logit) => logit + centre);
  // A task favours each action alike, so that every action succeeds as often as the mean over both says.
  const success = logits.map(
    (logit) => sigmoid(logit + hiddenLogit) / ACTIONS + (sigmoid(logit) * (ACTIONS - 1)) / ACTIONS,
  );
  return { success, hiddenLogit, logits, centre };
}

/** A model that sees the truth through noise of this size, and knows how much to trust it. */
export function drawModel(world: World, error: number, random: Random): Model {
  return modelOf(
    world,
    error,
    Float64Array.from(world.logits, () => gaussian(random)),
  );
}

function modelOf(world: World, error: number, noise: Float64Array): Model {
  const truth = world.success.map((p) => Math.log(p / (1 - p)));
  const centre = truth.reduce((sum, logit) => sum + logit, 0) / truth.length;
  const trust = SPREAD ** 2 / (SPREAD ** 2 + error ** 2);
  const belief = truth.map((logit, at) => sigmoid(centre + trust * (logit - centre + error * (noise[at] ?? 0))));
  const choice = Int32Array.from({ length: SITES }, (_, site) => bestOf(belief, site));
  return { belief, choice };
}

function bestOf(table: Table, site: number): number {
  let best = 0;
  for (let action = 1; action < ACTIONS; action++)
    if ((table[site * ACTIONS + action] ?? 0) > (table[site * ACTIONS + best] ?? 0)) best = action;
  return best;
}

/** How often a policy succeeds. */
export function successOf({ success }: World, choice: Int32Array): number {
  let sum = 0;
  for (let site = 0; site < SITES; site++) sum += success[site * ACTIONS + (choice[site] ?? 0)] ?? 0;
  return sum / SITES;
}
