import { fairCoinTail } from '../statistics/binomial.js';
import type { PairedCounts } from './paired.js';

/**
 * Exact two-sided McNemar test (McNemar 1947): if challenger and champion are equally often right, the rows on which
 * only one of them is right fall to either side like a fair coin. Returns the p-value; 1 where they never differ.
 */
export function mcnemarPValue({ onlyChallenger, onlyChampion }: PairedCounts): number {
  const discordant = onlyChallenger + onlyChampion;
  return discordant === 0 ? 1 : Math.min(1, 2 * fairCoinTail(discordant, Math.min(onlyChallenger, onlyChampion)));
}
