/** Holdout rows as a policy sees them; actions are indices, -1 for one the model does not know. */
export interface LoggedDecisions {
  readonly executed: Int32Array;
  /** 1 where the executed action failed. */
  readonly failed: Uint8Array;
  /** Probability with which the executed action had been chosen; NaN where it was not logged. */
  readonly propensity: Float64Array;
  readonly challenger: PolicyChoices;
  /** Null compares with what was really done. */
  readonly champion: PolicyChoices | null;
  /** Rows on which the challenger gives every action the same chance. */
  readonly alike: number;
}

/** What a model would have chosen, row by row, and the probability of success it gives to that. */
export interface PolicyChoices {
  readonly action: Int32Array;
  readonly success: Float64Array;
}
