import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ratchet } from './command-line.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** A command with a subcommand, as it would be written out by hand. */
const BY_HAND =
  /\bratchet (status|list|info|compare|runs|history|retrain|register|deploy|rollback|canary|shadow|drill|backup|reconcile|import|collect|dataset|models|watch)\b/;
/** What is no advice: comments, the examples of a command's help, and texts of the help. */
const NO_ADVICE = /^\s*(\/\/|\/?\*)|^\s*["'`]ratchet |examples: \[|npx ratchet|description:|^\s*'[A-Z].*\.',$|summary:/;

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'console' || entry.name === 'testing' ? [] : sources(path);
    // What a reference.ts writes is a page of the documentation.
    return /\.ts$/.test(entry.name) && !/(\.(test|fixture)|^reference)\.ts$/.test(entry.name) ? [path] : [];
  });
}

describe('advice', () => {
  it.each([
    [ratchet('status', null), 'ratchet status'],
    [ratchet('status', 'backlink-outcome'), 'ratchet status'],
    [ratchet('deploy', 'churn', '--version v1.0.0'), 'ratchet deploy --model churn --version v1.0.0'],
    [ratchet('backup list', 'churn'), 'ratchet backup list --model churn'],
  ])('%s', (said, expected) => {
    expect(said).toBe(expected);
  });

  it('is made in one place, so that it names the model it is about', () => {
    const byHand = [...sources(join(ROOT, 'apps')), ...sources(join(ROOT, 'libs'))].flatMap((path) =>
      readFileSync(path, 'utf8')
        .split('\n')
        .flatMap((line, i) =>
          BY_HAND.test(line) && !NO_ADVICE.test(line) ? [`${path.slice(ROOT.length)}:${i + 1} ${line.trim()}`] : [],
        ),
    );
    expect(byHand).toEqual([]);
  });
});
