/** Where in the whole run training begins, and the share of it that training takes. */
export const TRAINING = { from: 0.3, share: 0.6 };

/** One of several trainings that a run consists of. */
export interface Place {
  /** From 0. */
  readonly part: number;
  readonly of: number;
}

/** Of the whole run, how much is done when a share of one training is. */
export const progressOf = (share: number, { part, of }: Place): number =>
  TRAINING.from + (TRAINING.share * (part + share)) / of;

/** How far a training is, in a line for a person. */
export const roundOf = (done: number, rounds: number, loss: number | null): string =>
  `round ${done} of ${rounds}${loss === null ? '' : `, validation log-loss ${loss.toFixed(4)}`}`;
