import type { Random } from '../statistics/random.js';

/** What was chosen, and how likely that choice was. */
export interface Choice {
  /** Position among the options. */
  readonly option: number;
  /** Probability with which exactly this option is chosen in this place; never 0. */
  readonly propensity: number;
}

/**
 * ε-greedy: with the probability `rate` any of the possible options, each alike, the best one included; otherwise the
 * best one. So the best has the propensity 1 − ε + ε/k, and each of the k − 1 others ε/k. An option with a cap is tried with
 * that probability at most; what is left of its share goes to the best. The propensities are those of this very draw, which is
 * what importance weighting needs (Horvitz & Thompson 1952).
 *
 * @param possible positions to choose among, each once; must hold `best`
 * @param rate ε, 0 to 1; at 0 nothing is drawn
 * @param caps by position; null for none
 */
export function choose(
  best: number,
  possible: readonly number[],
  rate: number,
  random: Random,
  caps: readonly number[] | null = null,
): Choice {
  const count = possible.length;
  if (rate <= 0 || count < 2) return { option: best, propensity: 1 };
  const any = rate / count;
  const drawn = random() < rate ? (possible[Math.floor(random() * count)] ?? best) : best;
  if (caps === null) return { option: drawn, propensity: drawn === best ? 1 - rate + any : any };
  const chance = (option: number): number => Math.min(any, caps[option] ?? 1);
  if (drawn !== best && random() * any < chance(drawn)) return { option: drawn, propensity: chance(drawn) };
  const others = possible.reduce((sum, option) => (option === best ? sum : sum + chance(option)), 0);
  return { option: best, propensity: 1 - others };
}
