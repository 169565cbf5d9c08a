#!/usr/bin/env node
// Plain JavaScript, so that it runs before anything is installed or built.
import { existsSync } from 'node:fs';
import module from 'node:module';
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
// From Node 22.8 on, what was compiled once is kept beside it.
module.enableCompileCache?.(join(project, 'dist', '.compiled'));
await import(pathToFileURL(main).href);
