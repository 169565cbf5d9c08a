import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';

/** A job that was asked to end is killed after this long. Whoever cancels a run waits no longer than ten seconds. */
const GRACE_MS = 4_000;
/** What it has started may hold its output open; nothing more is waited for than this. */
const DRAIN_MS = 2_000;

export interface Submission {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Where all that it prints is kept. */
  readonly logFile: string;
  /** Ends it, and all that it started in its process group. */
  readonly signal: AbortSignal;
  onLine(line: string): void;
}

/** Runs a program to its end and says how that came: "exit code 0", or a signal. Throws what keeps it from starting, such as ENOENT. */
export async function submit({ command, args, env, cwd, logFile, signal, onLine }: Submission): Promise<string> {
  signal.throwIfAborted();
  // A group of its own: spark-submit starts Java, which starts Python, and all of them have to end together.
  const child = spawn(command, args, { env, cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const log = createWriteStream(logFile, { flags: 'a', mode: 0o600 });
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => {
      log.write(`${line}\n`);
      onLine(line);
    });
  const ended = new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, by) => resolve(by ?? `exit code ${code}`));
  });
  const closed = new Promise((resolve) => child.once('close', resolve));
  const killGroup = (by: 'SIGTERM' | 'SIGKILL'): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, by);
    } catch {
      // It has ended.
    }
  };
  let killer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    killGroup('SIGTERM');
    killer = setTimeout(() => killGroup('SIGKILL'), GRACE_MS);
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    const how = await ended;
    await Promise.race([closed, pause(DRAIN_MS, undefined, { ref: false })]);
    return how;
  } finally {
    clearTimeout(killer);
    signal.removeEventListener('abort', stop);
    // Whatever is left of the group would train for nobody.
    killGroup('SIGKILL');
    log.end();
    await finished(log).catch(() => undefined);
  }
}
