/** Holdout rows as a policy sees them; actions are indices, -1 for one the model does not know. */
export interface LoggedDecisions {
  readonly executed: Int32Array;
  /** 1 where the executed action failed. */
  readonly failed: Uint8Array;
  /** Probability with which the executed action had been chosen; NaN where it was not logged. */
  readonly propensity: Float64Array;
  /** What the challenger would have chosen. */
  readonly challenger: Int32Array;
  /** What the champion would have chosen; null compares with what was really done. */
  readonly champion: Int32Array | null;
}
