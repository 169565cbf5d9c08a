import type { Evidence, StratumRate } from './policy-evidence.js';

/** What the two failure rates may be, apart from chance. */
export interface RateBounds {
  readonly challenger: { readonly low: number; readonly high: number };
  readonly baseline: { readonly low: number; readonly high: number };
}

/**
 * By how much whoever chose the actions may have known better than the log says: the odds of choosing an action may have been
 * so many times higher or lower, depending on what would come of it.
 */
export const HIDDEN_ODDS = 2.5;

/** The estimates themselves, but for rows that nothing is known about: all of them may have failed, or none. */
export function plainBounds(evidence: Evidence): RateBounds {
  return withUnsupported(
    evidence,
    { low: evidence.challenger, high: evidence.challenger },
    { low: evidence.baseline, high: evidence.baseline },
  );
}

/**
 * Bounds of matched replay under hidden knowledge: the marginal sensitivity model (Tan 2006; Zhao, Small & Bhattacharya 2019, "Sensitivity
 * analysis for inverse probability weighting estimators"). With e the matched share of a group, the weight of a row is no longer 1/e
 * but anything from 1 + (1/e − 1)/Γ to 1 + (1/e − 1)·Γ; the failure rate is largest when all failures weigh most.
 * Where both policies choose alike the bias is the same for both.
 */
export function hiddenKnowledgeBounds(evidence: Evidence, comparesModels: boolean): RateBounds {
  const challenger = { low: evidence.challenger, high: evidence.challenger };
  const baseline = { low: evidence.baseline, high: evidence.baseline };
  for (const stratum of evidence.strata) {
    if (!stratum.changed) continue;
    const share = stratum.rows / evidence.rows;
    add(challenger, sensitivity(stratum.challenger, stratum.rows), share);
    // What was really done needs no estimate.
    if (comparesModels) add(baseline, sensitivity(stratum.baseline, stratum.rows), share);
  }
  return withUnsupported(evidence, challenger, baseline);
}

/** Bounds where the engine carried out only this share of what was explored, perhaps by what it knew. */
export function overriddenBounds(evidence: Evidence, followed: number): RateBounds {
  const challenger = { low: evidence.challenger, high: evidence.challenger };
  for (const stratum of evidence.strata) {
    if (!stratum.changed) continue;
    const share = (stratum.rows / evidence.rows) * (1 - followed);
    const rate = Math.min(1, Math.max(0, stratum.challenger.failureRate));
    add(challenger, { less: rate, more: 1 - rate }, share);
  }
  return withUnsupported(evidence, challenger, { low: evidence.baseline, high: evidence.baseline });
}

function sensitivity({ matched, failureRate }: StratumRate, rows: number) {
  const unmatched = matched === 0 ? 0 : rows / matched - 1;
  const [light, heavy] = [1 + unmatched / HIDDEN_ODDS, 1 + unmatched * HIDDEN_ODDS];
  const failed = Math.min(1, Math.max(0, failureRate));
  const rate = (ofFailures: number, ofSuccesses: number) =>
    (ofFailures * failed) / (ofFailures * failed + ofSuccesses * (1 - failed));
  return { less: failed - rate(light, heavy), more: rate(heavy, light) - failed };
}

function add(bounds: { low: number; high: number }, change: { less: number; more: number }, share: number): void {
  bounds.low -= share * change.less;
  bounds.high += share * change.more;
}

type Range = { low: number; high: number };

function withUnsupported({ unsupported }: Evidence, challenger: Range, baseline: Range): RateBounds {
  const known = 1 - unsupported;
  const widened = ({ low, high }: Range) => ({ low: known * low, high: known * high + unsupported });
  return { challenger: widened(challenger), baseline: widened(baseline) };
}
