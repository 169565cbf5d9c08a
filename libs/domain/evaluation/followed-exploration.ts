/** A propensity above this was the best action's: with two actions or more, no other can have as much. */
const LIKELIER_THAN_NOT = 0.5;
/** Explored rows may be fewer by chance; fewer than this many standard deviations below what was expected is no chance. */
const BEYOND_CHANCE = 3;

/**
 * Share of the explored actions that were carried out, by what the logged propensities let expect: for each row with the best
 * action, taken with probability h, there should be (1 − h)/h rows with another one. An engine that overrides what was
 * explored leaves fewer, because a row keeps its propensity only where the decision was followed. 1 where the rows do not say
 * otherwise; null without rows to tell by.
 */
export function followedExploration(propensity: Float64Array): number | null {
  let expected = 0;
  let explored = 0;
  let chosenAtRandom = 0;
  for (const p of propensity) {
    if (!(p > 0 && p < 1)) continue;
    chosenAtRandom++;
    if (p > LIKELIER_THAN_NOT) expected += (1 - p) / p;
    else explored++;
  }
  if (chosenAtRandom === 0 || expected === 0) return null;
  const missing = expected - explored;
  return missing > BEYOND_CHANCE * Math.sqrt(expected) ? explored / expected : 1;
}

/**
 * 1/propensity for rows chosen at random, 0 for all others: a propensity of 1 was no random choice and says nothing about
 * other actions. Explored actions that are known to be overridden count for those that are missing.
 */
export function randomisedWeights(propensity: Float64Array, followed: number | null): Float64Array {
  const share = followed === null || followed === 0 ? 1 : followed;
  return propensity.map((p) => (p > 0 && p < 1 ? 1 / (p > LIKELIER_THAN_NOT ? p : p * share) : 0));
}
