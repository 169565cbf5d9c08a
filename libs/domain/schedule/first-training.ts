/** What has become of a model so far. */
export interface Beginnings {
  /** A run waits or goes on. */
  readonly underWay: boolean;
  readonly live: boolean;
  /** A run succeeded that was not to be deployed: somebody decides by hand what goes live. */
  readonly byHand: boolean;
}

/**
 * Whether a model still has to be brought to life without anybody asking. A first version that the gate did not let through
 * is no end: with more rows, which the weekly schedule may be days away from seeing, the next one may well pass.
 */
export const needsFirstTraining = ({ underWay, live, byHand }: Beginnings): boolean => !underWay && !live && !byHand;

/**
 * Rows worth counting, where so many attempts have been named already: enough to tell whether the next one is called for, and
 * whether the dataset is still being filled. Before the first, any number may be there.
 *
 * @param lastSlot as {@link firstTrainingSlot} named it; null for none
 */
export function rowsWorthCounting(lastSlot: string | null, minimumRows: number): number {
  const attempt = lastSlot === null ? Number.NaN : Number(/^first-(\d+)$/.exec(lastSlot)?.[1]);
  return minimumRows * (Number.isNaN(attempt) ? 1024 : 2 ** (attempt + 4));
}

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
