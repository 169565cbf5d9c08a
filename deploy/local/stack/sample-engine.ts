import { join } from 'node:path';
import { launch } from '../processes/child.js';
import type { Program } from '../processes/supervisor.js';
import { REPOSITORY } from '../repository.js';
import { type StackParts, serviceEnv } from './services.js';

/** The simulated automation engine, asking these serving instances. */
export function sampleEngineProgram(parts: StackParts, serving: readonly string[], flags: readonly string[]): Program {
  return {
    name: 'sample-engine',
    tier: 'client',
    mayFinish: true,
    start: () =>
      launch({
        name: 'sample-engine',
        command: process.execPath,
        args: [
          '--enable-source-maps',
          join(REPOSITORY, 'dist/apps/sample-engine/main.js'),
          ...serving.flatMap((url) => ['--serving', url]),
          ...flags,
        ],
        env: serviceEnv(parts, 'sample-engine', 0),
        cwd: REPOSITORY,
        logFile: join(parts.home, 'logs/sample-engine.log'),
        tier: 'client',
        ledger: parts.ledger,
      }),
  };
}
