// npm run test:node -- VERSION [ARGUMENTS OF VITEST]: unit and e2e tests on another Node, like 24 or 26. It comes from the npm
// package "node" into a folder of its own below node_modules/.cache, and is no dependency of the project.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const [version, ...args] = process.argv.slice(2);
if (version === undefined || !/^\d+(\.\d+){0,2}$/.test(version)) {
  console.error('expected a version of Node: npm run test:node -- 24');
  process.exit(64);
}

/** The binary, installed at the first use. */
function nodeOf(wanted) {
  const folder = join(root, 'node_modules/.cache', `node-${wanted}`);
  const binary = join(folder, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    // The package's own script chooses the binary of this platform.
    const install = [
      'install',
      `node@${wanted}`,
      '--prefix',
      folder,
      '--no-audit',
      '--no-fund',
      '--ignore-scripts=false',
    ];
    const { status } = spawnSync('npm', install, { cwd: folder, stdio: 'inherit' });
    if (status !== 0 || !existsSync(binary)) {
      console.error(`Node ${wanted} could not be installed from the npm package "node".`);
      process.exit(1);
    }
  }
  return binary;
}

function run(binary, ...command) {
  const { status } = spawnSync(binary, command, {
    cwd: root,
    stdio: 'inherit',
    // Whatever is started as "node" is this one, too.
    env: { ...process.env, PATH: `${dirname(binary)}${delimiter}${process.env.PATH ?? ''}` },
  });
  if (status !== 0) process.exit(status ?? 1);
}

const binary = nodeOf(version);
run(binary, '-p', '"Node " + process.version');
run(binary, join(root, 'deploy/local/build.mjs'));
run(binary, join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'unit', '--project', 'e2e', ...args);
