// Plain JavaScript without dependencies: it runs before anything is installed or built.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(
    `Ratchet needs Node 20.19 or newer; this is ${process.versions.node}. Install a newer one from https://nodejs.org.`,
  );
  process.exit(1);
}

function packagesAreCurrent() {
  const installed = join(root, 'node_modules/.package-lock.json');
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
}

function run(what, command, args) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status === 0) return;
  console.error(`${what} failed${error ? `: ${error.message}` : ''}. The reason is above; nothing was started.`);
  process.exit(1);
}

checkNode();
if (!process.argv.includes('--help') && !packagesAreCurrent()) {
  console.log('Installing packages (once, about a minute) …');
  // Building needs the development packages, whatever NODE_ENV says.
  run('npm ci', 'npm', ['ci', '--include=dev', '--loglevel=error']);
}
run('The build', process.execPath, [join(root, 'deploy/local/build.mjs')]);
await import(pathToFileURL(join(root, 'dist/deploy/local/main.js')).href);
