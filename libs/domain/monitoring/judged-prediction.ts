import type { LiveReferences } from './live-reference.js';

/** A prediction and what became of its task. */
export interface JudgedPrediction {
  readonly judgedSeq: bigint;
  readonly predictionId: string;
  readonly model: string;
  readonly version: string;
  readonly generation: number;
  readonly role: 'live' | 'canary' | 'shadow';
  readonly decision: string;
  /** What was executed; for a plain classifier, what turned out to be the class. */
  readonly action: string;
  readonly probabilities: Readonly<Record<string, number>>;
  readonly success: boolean;
  /** RFC 3339. */
  readonly occurredAt: string;
}

/** What a judged prediction counts as. */
export interface Counted {
  readonly correct: boolean;
  readonly failed: boolean;
  /** Whether the executed action is what was decided; only then it is the outcome of that decision. */
  readonly agreed: boolean;
  /**
   * Whether the executed action is the one the model expects most of, as on the holdout. Where serving tries something
   * else now and then, that is not always what it decided.
   */
  readonly followed: boolean;
}

/**
 * Counts a prediction as the holdout counts a row: for an action-outcome model it is correct if P(success) of the
 * action that was executed is at least 0.5 and it succeeded, or below and it failed; for a plain classifier if the class
 * is the predicted one. Null where the model said nothing about the executed action: nothing is known of a suggestion
 * that was not carried out.
 */
export function countPrediction(prediction: JudgedPrediction, kind: LiveReferences['kind']): Counted | null {
  const agreed = prediction.decision === prediction.action;
  const failed = !prediction.success;
  if (kind === 'multi-class') return { correct: agreed, failed, agreed, followed: agreed };
  const probability = prediction.probabilities[prediction.action];
  if (probability === undefined) return null;
  const followed = Object.values(prediction.probabilities).every((other) => other <= probability);
  return { correct: probability >= 0.5 === prediction.success, failed, agreed, followed };
}
