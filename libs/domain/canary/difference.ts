/** Outcomes of one arm of the traffic since the canary began. */
export interface Arm {
  readonly outcomes: number;
  readonly failures: number;
}

/** Both arms while their shares of the traffic were the same. */
export interface Arms {
  readonly canary: Arm;
  readonly live: Arm;
}

/** Bounds that hold at every look at once, with this confidence. */
export interface SequentialInterval {
  readonly low: number;
  readonly high: number;
  readonly difference: number;
}

/** Of the failure rate of one arm minus the other: tuned to be narrowest at about this many outcomes. */
const TUNED_FOR = 500;

/**
 * Confidence sequence for the canary's failure rate minus the live version's: valid at all times together, so it may
 * be looked at after every outcome. The normal-mixture asymptotic sequence of Waudby-Smith, Arbour, Sinha, Kennedy &
 * Ramdas ("Time-uniform central limit theory and asymptotic confidence sequences", 2021, eq. 8), with n replaced by
 * the information 1 / Var(difference). Each arm's variance is that of its rate with one imagined failure and success
 * more, so that a few lucky outcomes are not taken for certainty.
 *
 * @returns the whole range −1…1 while an arm is empty
 */
export function sequentialDifference(canary: Arm, live: Arm, alpha: number): SequentialInterval {
  return stratifiedDifference([{ canary, live }], alpha);
}

/**
 * The same over several steps with different shares of the traffic, each compared within itself and weighed by its
 * information: a busy week with a small share and a quiet one with a large share would otherwise be taken for a difference.
 */
export function stratifiedDifference(steps: readonly Arms[], alpha: number): SequentialInterval {
  let information = 0;
  let weighted = 0;
  for (const { canary, live } of steps) {
    if (canary.outcomes === 0 || live.outcomes === 0) continue;
    const own = 1 / (variance(canary) + variance(live));
    information += own;
    weighted += own * (canary.failures / canary.outcomes - live.failures / live.outcomes);
  }
  if (information === 0) return { low: -1, high: 1, difference: 0 };
  const difference = weighted / information;
  // The arms' outcomes vary by about a quarter each: this is the information of TUNED_FOR outcomes of the canary.
  const tuned = mixtureWidth(alpha) / (4 * TUNED_FOR);
  const spread = information * tuned + 1;
  const half = Math.sqrt(((2 * spread) / (information * information * tuned)) * Math.log(Math.sqrt(spread) / alpha));
  return { low: Math.max(-1, difference - half), high: Math.min(1, difference + half), difference };
}

function variance({ outcomes, failures }: Arm): number {
  const rate = (failures + 1) / (outcomes + 2);
  return (rate * (1 - rate)) / outcomes;
}

/** ρ²·t that makes the sequence tightest at time t (ibid., eq. 10). */
function mixtureWidth(alpha: number): number {
  return -2 * Math.log(alpha) + Math.log(-2 * Math.log(alpha) + 1);
}
