import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, linkSync, mkdirSync, readdirSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { REPOSITORY } from '../../deploy/local/repository.js';

const git = (cwd: string, ...args: string[]): string =>
  execFileSync('git', args, { cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });

/**
 * A repository with one commit: this working tree as it would be if everything in it were committed now. What git
 * ignores is not in it, so a program that relies on such a file fails in its clone.
 */
export function repositoryOf(workingTree: string, target: string): void {
  mkdirSync(target, { recursive: true });
  const files = git(workingTree, 'ls-files', '-z', '--cached', '--others', '--exclude-standard').split('\0');
  for (const file of files) {
    const source = join(workingTree, file);
    // Deleted, but not committed yet.
    if (file === '' || !existsSync(source)) continue;
    mkdirSync(dirname(join(target, file)), { recursive: true });
    cpSync(source, join(target, file), { verbatimSymlinks: true });
  }
  git(target, 'init', '--quiet');
  git(target, 'add', '--all', '--force');
  const author = ['-c', 'user.name=newcomer', '-c', 'user.email=newcomer@example.org', '-c', 'commit.gpgsign=false'];
  git(target, ...author, 'commit', '--quiet', '--message', 'Everything');
}

/** Hard links where the file system allows, so that half a gigabyte takes seconds and no room. */
function linkTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkTree(source, target);
    else if (entry.isSymbolicLink()) cpSync(source, target, { verbatimSymlinks: true });
    else
      try {
        linkSync(source, target);
      } catch {
        copyFileSync(source, target);
      }
  }
}

/**
 * Gives a clone the packages of package-lock.json, which `npm start` would install. They are this repository's own, linked, so
 * `npm ci` is not part of what a test on the clone shows; `.ci/run` does it on a fresh clone.
 */
export function lendPackages(clone: string): void {
  for (const entry of readdirSync(join(REPOSITORY, 'node_modules'), { withFileTypes: true })) {
    // Caches of tools, which are written to while the tests run.
    if (entry.name === '.vite' || entry.name === '.cache') continue;
    const [from, to] = [join(REPOSITORY, 'node_modules', entry.name), join(clone, 'node_modules', entry.name)];
    if (entry.isDirectory()) linkTree(from, to);
    else {
      mkdirSync(dirname(to), { recursive: true });
      copyFileSync(from, to);
    }
  }
  // As if installed now: a clone's package-lock.json is younger than this repository's packages.
  utimesSync(join(clone, 'node_modules/.package-lock.json'), new Date(), new Date());
}
