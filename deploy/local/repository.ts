import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findRoot(from: string): string {
  const manifest = join(from, 'package-lock.json');
  if (existsSync(manifest)) return from;
  const parent = dirname(from);
  if (parent === from)
    throw new Error(`no package-lock.json above ${fileURLToPath(import.meta.url)}: is this a full clone?`);
  return findRoot(parent);
}

/** The clone's folder, whether this file runs from the sources or from dist/. */
export const REPOSITORY = findRoot(dirname(fileURLToPath(import.meta.url)));

/** Where a clone keeps its data unless RATCHET_HOME says otherwise. */
export const DEFAULT_HOME = join(REPOSITORY, '.ratchet');
