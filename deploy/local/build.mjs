// Builds everything into dist/, unless it is there already: TypeScript, the files beside it that are read at run time, the packages, and the
// console.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundlePackages } from './bundle-packages.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const READ_AT_RUN_TIME = new Set(['.sql', '.proto', '.html', '.css']);
const consoleSources = join(root, 'apps/console');
const consoleBuild = join(root, 'dist/apps/console');

async function node(program, ...args) {
  const started = spawn(process.execPath, [join(root, 'node_modules', program), ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  const [status] = await once(started, 'exit');
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

/** Whether what was built is younger than all that it is built from. */
function isCurrent(built, from) {
  if (!existsSync(built)) return false;
  const since = statSync(built).mtimeMs;
  const settings = ['package-lock.json', 'tsconfig.json'].map((name) => join(root, name));
  return [...from, ...settings].every((file) => statSync(file).mtimeMs <= since);
}

const begun = new Date();
/** When the last build of everything but the console began that came to its end. */
const stamp = join(root, 'dist/built');
const isSource = (file) => ['.ts', '.mjs'].includes(extname(file)) || READ_AT_RUN_TIME.has(extname(file));
const sourcesIn = (...folders) =>
  folders
    .map((folder) => join(root, folder))
    // An image is built without the tests.
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => [...files(folder)])
    .filter((file) => isSource(file) && !file.startsWith(consoleSources));
const programs = sourcesIn('apps', 'libs', 'deploy');
if (!isCurrent(stamp, [...programs, ...sourcesIn('test', 'docs')])) {
  const bundled = programs.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  await Promise.all([node('typescript/bin/tsc'), bundlePackages(root, bundled)]);
  copyAssets();
  writeFileSync(stamp, '');
  utimesSync(stamp, begun, begun);
}
const consoleIsCurrent = () =>
  isCurrent(join(consoleBuild, 'index.html'), [...files(consoleSources), ...sourcesIn('libs')]);
if (existsSync(join(consoleSources, 'index.html')) && !consoleIsCurrent())
  await node('vite/bin/vite.js', 'build', consoleSources, '--logLevel', 'warn');
