// Records what the services of an older commit leave behind (database, topics, packages, what instances keep), for
// test/faults/upgrade.test.ts: node test/faults/previous-release/make.mjs COMMIT
// Needs that commit in this clone, and what is installed here must be what it needs.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const here = import.meta.dirname;
const root = join(here, '../../..');
const [commit] = process.argv.slice(2);
if (commit === undefined) throw new Error('usage: node test/faults/previous-release/make.mjs COMMIT');

const tree = join(mkdtempSync(join(tmpdir(), 'ratchet-previous-')), 'tree');
const run = (cwd, command, args, env = {}) =>
  execFileSync(command, args, { cwd, stdio: 'inherit', env: { ...process.env, ...env } });

run(root, 'git', ['worktree', 'add', '--detach', tree, commit]);
try {
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
  mkdirSync(join(tree, '.ratchet'));
  for (const name of ['kafka', 'native']) symlinkSync(join(root, '.ratchet', name), join(tree, '.ratchet', name));
  run(tree, 'npm', ['run', 'build']);
  const test = 'test/faults/previous-release/record.test.ts';
  cpSync(join(here, 'record.ts'), join(tree, test));
  run(tree, 'npx', ['vitest', 'run', '--project', 'faults', test], {
    RECORD_COMMIT: commit,
    RECORD_TO: join(here, 'release.json.gz'),
  });
} finally {
  run(root, 'git', ['worktree', 'remove', '--force', tree]);
}
