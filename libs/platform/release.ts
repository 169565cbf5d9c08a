import { readFileSync } from 'node:fs';

/** The release this process runs: the version in the project's package.json, as far up as it takes from here. */
export const RELEASE: string = findRelease();

function findRelease(): string {
  for (let folder = new URL('.', import.meta.url); ; folder = new URL('..', folder)) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'));
      if (name === 'ratchet' && typeof version === 'string') return version;
    } catch {
      // Not here; look one folder up.
    }
    if (folder.pathname === '/') return '0.0.0';
  }
}
