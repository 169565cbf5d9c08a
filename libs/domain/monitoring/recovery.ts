/** So many outcomes of a new world are the first that are worth learning from. */
export const FIRST_TRAINING_ROWS = 500;
const GROWTH = 1.5;

/**
 * A drop is open until what is live has learnt from so many rows since its onset: what was brought live with the first few hundred is
 * soon behind. The view `evaluation.accuracy_drops` has the same number.
 */
export const SETTLED_ROWS = 4_000;

/**
 * How many rows since the onset of a drop there have to be for the next training: 500, then each time half as many again as at the
 * last. The trainings stay few, and where a change comes gradually, none waits for long after its end.
 *
 * @param asked rows since the onset when the last one was asked for; null before the first
 */
export function rowsForNextTraining(asked: number | null): number {
  return asked === null ? FIRST_TRAINING_ROWS : Math.ceil(GROWTH * asked);
}
