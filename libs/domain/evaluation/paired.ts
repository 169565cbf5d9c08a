/** On how many rows who was right; all that matters of two models for the difference of their accuracies. */
export interface PairedCounts {
  readonly both: number;
  readonly onlyChallenger: number;
  readonly onlyChampion: number;
  readonly neither: number;
}

/** @throws RangeError if the three do not have the same number of rows */
export function pairedCounts(truth: Int32Array, challenger: Int32Array, champion: Int32Array): PairedCounts {
  if (challenger.length !== truth.length || champion.length !== truth.length)
    throw new RangeError(
      `expected ${truth.length} predictions of each model, got ${challenger.length} and ${champion.length}`,
    );
  let both = 0;
  let onlyChallenger = 0;
  let onlyChampion = 0;
  for (let row = 0; row < truth.length; row++) {
    const first = challenger[row] === truth[row];
    const second = champion[row] === truth[row];
    if (first && second) both++;
    else if (first) onlyChallenger++;
    else if (second) onlyChampion++;
  }
  return { both, onlyChallenger, onlyChampion, neither: truth.length - both - onlyChallenger - onlyChampion };
}

export function rowsOf(counts: PairedCounts): number {
  return counts.both + counts.onlyChallenger + counts.onlyChampion + counts.neither;
}

/** Accuracy of the challenger minus that of the champion. */
export function accuracyDifference(counts: PairedCounts): number {
  const rows = rowsOf(counts);
  return rows === 0 ? 0 : (counts.onlyChallenger - counts.onlyChampion) / rows;
}
