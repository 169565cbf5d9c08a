// Builds everything into dist/: TypeScript, the files beside it that are read at run time, and the console.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const READ_AT_RUN_TIME = new Set(['.sql', '.proto', '.html', '.css']);
const consoleSources = join(root, 'apps/console');
const consoleBuild = join(root, 'dist/apps/console');

function node(program, ...args) {
  const { status } = spawnSync(process.execPath, [join(root, 'node_modules', program), ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else yield path;
  }
}

function copyAssets() {
  for (const folder of ['apps', 'libs'])
    for (const file of files(join(root, folder))) {
      if (!READ_AT_RUN_TIME.has(extname(file)) || file.startsWith(consoleSources)) continue;
      const target = join(root, 'dist', relative(root, file));
      mkdirSync(dirname(target), { recursive: true });
      copyFileSync(file, target);
    }
}

function consoleIsCurrent() {
  const built = join(consoleBuild, 'index.html');
  if (!existsSync(built)) return false;
  const since = statSync(built).mtimeMs;
  return [...files(consoleSources), join(root, 'package-lock.json')].every((file) => statSync(file).mtimeMs <= since);
}

node('typescript/bin/tsc');
copyAssets();
if (existsSync(join(consoleSources, 'index.html')) && !consoleIsCurrent())
  node('vite/bin/vite.js', 'build', consoleSources, '--logLevel', 'warn');
