#!/usr/bin/env node
// Plain JavaScript, so that it runs before anything is installed or built.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const project = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const main = join(project, 'dist', 'apps', 'cli', 'main.js');

if (!existsSync(main) || !existsSync(join(project, 'node_modules', 'commander'))) {
  console.error(
    `Ratchet is not built yet. Run "npm start" in ${project} first; it installs, builds and starts everything.`,
  );
  process.exit(1);
}
await import(pathToFileURL(main).href);
