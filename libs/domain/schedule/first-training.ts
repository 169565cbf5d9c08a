/**
 * Names the attempt at a model's first training that so many rows call for; null while there are too few. The name
 * changes each time the dataset has doubled, so that an attempt that failed is repeated with better prospects, and not
 * every few seconds.
 */
export function firstTrainingSlot(rows: number, minimumRows: number): string | null {
  if (rows < minimumRows) return null;
  return `first-${Math.floor(Math.log2(rows / minimumRows))}`;
}
