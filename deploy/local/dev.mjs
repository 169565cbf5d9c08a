// Builds once, so that there is something to run, then compiles and restarts on every change.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
// A type error is no reason not to begin: the compiler shows it again and again until it is gone.
spawnSync(process.execPath, [join(here, 'build.mjs')], { stdio: 'inherit' });
await import(pathToFileURL(join(here, '../../dist/deploy/local/dev.js')).href);
