import { chmodSync, lstatSync, readdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';

/** Rights of the group and of all others. */
const OTHERS = 0o077;

export interface OpenPath {
  readonly path: string;
  /** As of stat(2), permissions only. */
  readonly mode: number;
}

/** The folder itself and everything in it; links are not followed, for what they name belongs elsewhere. */
function* entries(path: string): Generator<{ path: string; stats: Stats }> {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined || stats.isSymbolicLink()) return;
  yield { path, stats };
  if (!stats.isDirectory()) return;
  for (const name of namesIn(path)) yield* entries(join(path, name));
}

/** Running programs make and remove files meanwhile, and a folder of another user tells nothing. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** What of a folder others than its owner may read, write or enter; at most `limit` paths. Windows has no such modes. */
export function openToOthers(folder: string, limit = Number.POSITIVE_INFINITY): OpenPath[] {
  const found: OpenPath[] = [];
  if (process.platform === 'win32') return found;
  for (const { path, stats } of entries(folder)) {
    if (found.length >= limit) break;
    if ((stats.mode & OTHERS) !== 0) found.push({ path, mode: stats.mode & 0o777 });
  }
  return found;
}

/** Takes every right on a folder, and on all that is in it, from others than its owner: 0700 and 0600. */
export function makePrivate(folder: string): void {
  for (const { path, mode } of openToOthers(folder)) chmodSync(path, mode & ~OTHERS);
}
