/** So many outcomes of a new world are the first that are worth learning from. */
export const FIRST_TRAINING_ROWS = 500;

/**
 * A drop is open until what is live has learnt from so many rows since its onset: what was brought live with the first few hundred is
 * soon behind. The view `evaluation.accuracy_drops` has the same number.
 */
export const SETTLED_ROWS = 4_000;

/**
 * How many rows since the onset of a drop there have to be for the next training: 500, then each time twice as many as at the
 * last. A model of twice the rows is better by about as much each time, so the trainings stay few, and none waits for long.
 *
 * @param asked rows since the onset when the last one was asked for; null before the first
 */
export function rowsForNextTraining(asked: number | null): number {
  return asked === null ? FIRST_TRAINING_ROWS : 2 * asked;
}
