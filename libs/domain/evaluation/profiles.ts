import type { GateProfile } from '#contracts/gate-profile';
import type { GateThresholds, ModelDefinition } from '#contracts/model-definition';

/** The gate of a definition with nothing left out. */
export interface GateSettings {
  readonly profile: GateProfile;
  readonly accuracyImprovement: number;
  readonly f1MacroImprovement: number;
  readonly failureRateReduction: number;
  readonly successGain: number;
  readonly minimumEffectiveSamples: number;
  readonly minimumHoldoutRows: number;
  readonly distinguishesActions: boolean;
  /** Of every interval of this judgement: the definition's, or a higher one to stay within a budget. */
  readonly confidence: number;
  readonly bootstrapSamples: number;
  readonly looks: Looks | null;
  /** To take the place of a version that the world has left behind it need not be better for sure; null where that is not known. */
  readonly renewal: Renewal | null;
}

export interface Renewal {
  /** How much worse it may be, for sure. */
  readonly margin: number;
  /** Whether it is known by what the challenger foresees, better for sure: then it need not look as good in everything else. */
  readonly foreseen: boolean;
  /** How it is known, for a sentence that goes on with "as". */
  readonly because: string;
}

/** How often challengers of the model were looked at in the last 365 days, this one included. */
export interface Looks {
  readonly count: number;
  /** How many the budget is for; null without a budget. */
  readonly planned: number | null;
}

type Demands = Pick<GateSettings, 'accuracyImprovement' | 'f1MacroImprovement' | 'failureRateReduction'>;

/**
 * What each profile asks for where the definition says nothing. `seed` has three demands of the same rank. In `policy` what
 * would come of the choices decides: accuracy is that of guessing outcomes at a cut of 0.5, which hardly moves where
 * nearly all succeed or fail, so it must only not be worse by more than this.
 */
const DEMANDS: Readonly<Record<GateProfile, Demands>> = {
  seed: { accuracyImprovement: 0.01, f1MacroImprovement: 0.01, failureRateReduction: 0.05 },
  policy: { accuracyImprovement: -0.01, f1MacroImprovement: -0.02, failureRateReduction: 0.05 },
  classifier: { accuracyImprovement: 0.01, f1MacroImprovement: 0.01, failureRateReduction: 0.05 },
};

/** @param looks in the last 365 days, this one included; null where nobody counts them */
export function gateSettings(
  gate: GateThresholds,
  kind: ModelDefinition['kind'],
  looks: number | null = null,
): GateSettings {
  const profile = gate.profile ?? (kind === 'action-outcome' ? 'policy' : 'classifier');
  const demands = DEMANDS[profile];
  const { budget } = gate;
  return {
    profile,
    accuracyImprovement: gate.accuracy_improvement ?? demands.accuracyImprovement,
    f1MacroImprovement: gate.f1_macro_improvement ?? demands.f1MacroImprovement,
    failureRateReduction: gate.failure_rate_reduction ?? demands.failureRateReduction,
    successGain: gate.success_gain,
    minimumEffectiveSamples: gate.minimum_effective_samples,
    minimumHoldoutRows: gate.minimum_holdout_rows,
    distinguishesActions: gate.distinguishes_actions,
    confidence:
      budget === undefined
        ? gate.confidence
        : Math.max(gate.confidence, lookConfidence(budget.false_promotions, budget.looks)),
    bootstrapSamples: gate.bootstrap_samples,
    renewal: null,
    looks: looks === null ? null : { count: looks, planned: budget?.looks ?? null },
  };
}

/**
 * Confidence of one of so many looks, so that all together let a challenger through that is no better with at most this
 * chance (Bonferroni 1936): a challenger passes by luck on one of the two sides of an interval.
 */
function lookConfidence(chance: number, looks: number): number {
  return 1 - (2 * chance) / looks;
}
