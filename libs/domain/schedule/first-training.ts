/**
 * Names the attempt at a model's first training that so many rows call for; null while there are too few. The name
 * changes each time the dataset has doubled, so that an attempt that failed is repeated with better prospects, and not
 * every few seconds.
 */
export function firstTrainingSlot(rows: number, minimumRows: number): string | null {
  if (rows < minimumRows) return null;
  return `first-${Math.floor(Math.log2(rows / minimumRows))}`;
}

/** A dataset that grows faster than by this share in {@link SETTLE_MS} is still being filled. */
const GROWTH = 0.1;
const SETTLE_MS = 5000;

/** How many rows there were at a moment, since which the dataset has hardly grown. */
export interface Plateau {
  readonly rows: number;
  readonly since: Date;
}

/** The plateau the dataset is on after a look that found so many rows: the old one, or a new one that begins now. */
export function nextPlateau(plateau: Plateau | null, rows: number, now: Date): Plateau {
  return plateau !== null && rows <= plateau.rows * (1 + GROWTH) ? plateau : { rows, since: now };
}

/**
 * Whether a first training may begin. In the middle of an import, or of the burst of a new engine, it would see a small
 * part of what is there a moment later, and too few rows to prove anything by.
 */
export function hasSettled(plateau: Plateau, now: Date): boolean {
  return now.getTime() - plateau.since.getTime() >= SETTLE_MS;
}
