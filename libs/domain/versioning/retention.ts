import { compareVersions } from './semantic-version.js';

/** However small a definition's `retention` is, this many versions stay. */
export const MINIMUM_KEPT = 3;

export interface RetentionInput {
  /** Versions whose artifacts are still there. */
  versions: readonly string[];
  /** The definition's `retention`. */
  keep: number;
  /** Live, canary, staged, previous, warm, and whatever else something refers to: these never go. */
  inUse: ReadonlySet<string>;
}

/** The versions whose artifacts may go, oldest first: all but the newest `keep` and those in use. */
export function versionsToRemove({ versions, keep, inUse }: RetentionInput): string[] {
  const oldestFirst = [...new Set(versions)].sort(compareVersions);
  const kept = Math.max(keep, MINIMUM_KEPT);
  return oldestFirst.slice(0, Math.max(0, oldestFirst.length - kept)).filter((version) => !inUse.has(version));
}
