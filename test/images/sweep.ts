import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { ContainerEngine } from './engine.js';

/**
 * Sees that nothing of this engine is left when this process is gone, however it ends, and that the folder goes with it; of
 * `images`, only builds that were cut off. Returns what has it done now, and waits for it.
 */
export function postSweeper(folder: string, engine: ContainerEngine, images: ContainerEngine): () => Promise<void> {
  const program = join(import.meta.dirname, 'sweeper.mjs');
  // Detached: Ctrl-C reaches every process of the terminal's group.
  const sweeper = spawn(process.execPath, [program, folder, images.folder], {
    env: engine.env,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'inherit'],
    detached: true,
  });
  const gone = new Promise<void>((done, failed) => {
    sweeper.once('error', failed);
    sweeper.once('exit', (code) => (code === 0 ? done() : failed(new Error(`what cleans up exited with ${code}`))));
  });
  sweeper.unref();
  return async () => {
    sweeper.ref();
    sweeper.stdin.end();
    await gone;
  };
}
