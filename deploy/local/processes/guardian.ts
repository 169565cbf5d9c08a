import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { REPOSITORY } from '../repository.js';
import { stopRecorded } from './ledger.js';

/**
 * Starts a small process that notices when this one is gone, however it ended (SIGKILL, out of memory, a closed
 * terminal), and then stops everything in the ledger. It holds one end of a pipe; the system closes the other.
 * Returns the function that dismisses it after a clean stop.
 */
export function postGuardian(ledgerFile: string): () => Promise<void> {
  const program = join(REPOSITORY, 'dist/deploy/local/processes/guardian.js');
  const guardian = spawn(process.execPath, [program, ledgerFile], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    windowsHide: true,
  });
  guardian.unref();
  const gone = new Promise<void>((resolve) => {
    guardian.once('error', () => resolve());
    guardian.once('exit', () => resolve());
  });
  guardian.stdin.on('error', () => undefined);
  if ('unref' in guardian.stdin && typeof guardian.stdin.unref === 'function') guardian.stdin.unref();
  return async () => {
    // Otherwise nothing would keep this process alive until the answer.
    guardian.ref();
    guardian.stdin.end();
    await gone;
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const ledgerFile = process.argv[2];
  if (ledgerFile === undefined) throw new Error('usage: node guardian.js LEDGER');
  // Ctrl-C goes to the parent; this one only ever ends with the pipe.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  process.on('SIGHUP', () => undefined);
  for await (const _ of process.stdin);
  await stopRecorded(ledgerFile);
}
