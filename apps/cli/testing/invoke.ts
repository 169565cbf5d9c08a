import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../client/settings.js';
import type { Stream } from '../output/screen.js';
import { runCli } from '../program.js';

export interface Invocation {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

class Collected implements Stream {
  text = '';
  write(data: string | Uint8Array): void {
    this.text += typeof data === 'string' ? data : Buffer.from(data).toString('utf8');
  }
}

/** An empty folder, as the place a command is run in. */
export const emptyFolder = (): string => mkdtempSync(join(tmpdir(), 'ratchet-cli-'));

/** Runs a command line as a shell would, without a terminal. */
export async function invoke(
  args: readonly string[],
  env: Environment,
  cwd = emptyFolder(),
  release = '9.9.9',
): Promise<Invocation> {
  const stdout = new Collected();
  const stderr = new Collected();
  const code = await runCli(args, { env: { RATCHET_HOME: cwd, TZ: 'UTC', ...env }, cwd, stdout, stderr }, release);
  return { code, stdout: stdout.text, stderr: stderr.text };
}
