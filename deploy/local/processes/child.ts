import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { until } from '../until.js';
import { type Ledger, signalGroup, type Tier } from './ledger.js';
import { processStart } from './process-identity.js';

export interface Launch {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Run as another user; only root may. */
  readonly uid?: number;
  readonly gid?: number;
  /** Both output streams are appended here; the child writes the file itself, so that it outlives its parent's pipe. */
  readonly logFile: string;
  readonly tier: Tier;
  readonly stopSignal?: 'SIGTERM' | 'SIGINT';
  /** Milliseconds between the stop signal and SIGKILL. */
  readonly graceMs?: number;
  readonly ledger?: Ledger | undefined;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Resolves, never rejects, when the process is gone. */
  readonly exited: Promise<Exit>;
  /** Null while it runs. */
  exit(): Exit | null;
  /** Asks it to stop, waits, and kills it (and what it started) when the grace is over. */
  stop(): Promise<void>;
  /** Sends a signal and returns at once. */
  kill(signal: NodeJS.Signals): void;
}

const ROTATE_BYTES = 20 * 1024 * 1024;

function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true });
  try {
    if (statSync(file).size > ROTATE_BYTES) renameSync(file, `${file}.1`);
  } catch {
    // There is no log yet.
  }
  return openSync(file, 'a', 0o600);
}

/** The last lines of a log, for an error message. */
export function lastLines(file: string, count = 15): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
  } catch {
    return '(no log)';
  }
}

/** In words, for a message: `exited with code 3` or `was ended by SIGKILL`. */
export function describeExit({ code, signal }: Exit): string {
  return signal ? `was ended by ${signal}` : `exited with code ${code}`;
}

/** Starts a process of its own group, with its output in a log file and its pid in the ledger. */
export async function launch(options: Launch): Promise<Child> {
  const { name, logFile, ledger, stopSignal = 'SIGTERM', graceMs = 15_000 } = options;
  const log = openLog(logFile);
  const spawned = spawn(options.command, options.args, {
    env: options.env,
    stdio: ['ignore', log, log],
    // Its own group: Ctrl-C in the terminal reaches the parent only, which then stops everything in order.
    detached: true,
    windowsHide: true,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.gid === undefined ? {} : { gid: options.gid }),
  });
  closeSync(log);
  const { pid } = spawned;
  if (pid === undefined) {
    const error = await new Promise<Error>((resolve) => spawned.once('error', resolve));
    throw new Error(`${name} cannot be started: ${error.message}`);
  }

  let gone: Exit | null = null;
  const exited = new Promise<Exit>((resolve) => {
    spawned.once('exit', (code, signal) => {
      gone = { code, signal };
      // What it started (a training process, a Postgres backend) must not outlive it.
      signalGroup(pid, 'SIGKILL');
      ledger?.remove(pid);
      resolve(gone);
    });
  });
  const started = processStart(pid);
  if (started !== null) ledger?.add({ name, pid, started, tier: options.tier, stopSignal, graceMs });

  const kill = (signal: NodeJS.Signals): void => {
    if (!gone) spawned.kill(signal);
  };
  return {
    name,
    pid,
    logFile,
    exited,
    exit: () => gone,
    kill,
    async stop() {
      kill(stopSignal);
      try {
        await until(`${name} to stop`, () => gone !== null, { deadlineMs: graceMs });
      } catch {
        if (!gone) signalGroup(pid, 'SIGKILL');
        await exited;
      }
    },
  };
}

/** A process ended before it could be used. */
export class Gone extends Error {
  constructor(
    child: Pick<Child, 'name' | 'logFile'>,
    readonly exit: Exit,
  ) {
    super(`${child.name} ${describeExit(exit)}; the end of ${child.logFile}:\n${lastLines(child.logFile)}`);
    this.name = 'Gone';
  }
}

/** For `until`: the awaited thing cannot come any more because the process is gone. */
export function goneAs(child: Child): () => Error | null {
  return () => {
    const exit = child.exit();
    return exit && new Gone(child, exit);
  };
}
