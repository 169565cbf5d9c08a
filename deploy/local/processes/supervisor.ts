import { setTimeout as pause } from 'node:timers/promises';
import { type Child, describeExit, type Exit, Gone } from './child.js';
import type { Tier } from './ledger.js';

/** Restarting a process whose settings are wrong does not help; EX_CONFIG of sysexits.h. */
const EXIT_BAD_CONFIG = 78;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** A process that could be used for this long was healthy: whatever ended it, the next one may begin at once. */
const HEALTHY_MS = 3_000;

export interface Program {
  readonly name: string;
  readonly tier: Tier;
  /** Starts it and returns once it can be used; rejects, with nothing left running, when it cannot start or is stopped. */
  readonly start: (signal: AbortSignal) => Promise<Child>;
  /** True for what ends on its own when it is done: leaving with code 0 is no crash. */
  readonly mayFinish?: boolean;
}

export type Report =
  | { readonly kind: 'crashed'; readonly name: string; readonly detail: string; readonly retryInMs: number }
  | { readonly kind: 'recovered'; readonly name: string; readonly pid: number }
  | { readonly kind: 'finished'; readonly name: string }
  | { readonly kind: 'given-up'; readonly name: string; readonly detail: string };

/** Milliseconds to wait before the restart after this many crashes in a row of what was not healthy yet; 0 for what was. */
export function restartPause(crashes: number): number {
  if (crashes === 0) return 0;
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (crashes - 1));
}

/** What follows from a process's end. */
export function afterExit(exit: Exit, mayFinish: boolean): 'restart' | 'finished' | 'give-up' {
  if (exit.code === EXIT_BAD_CONFIG) return 'give-up';
  return mayFinish && exit.code === 0 ? 'finished' : 'restart';
}

interface Watched {
  readonly program: Program;
  readonly stopping: AbortController;
  child: Child | null;
  /** Resolves when the loop that watches it has ended. */
  watching: Promise<void>;
}

/** Keeps programs running until it is told to stop, then stops them in the reverse order of their tiers. */
export class Supervisor {
  private readonly watched = new Map<string, Watched>();
  private stopped = false;

  constructor(
    private readonly report: (report: Report) => void = () => undefined,
    private readonly healthyMs = HEALTHY_MS,
  ) {}

  /** Starts a program, returns when it can be used, and restarts it from then on. A first start that fails is not repeated. */
  async start(program: Program): Promise<Child> {
    if (this.stopped) throw new Error(`${program.name} is not started: everything is being stopped`);
    const watched: Watched = { program, stopping: new AbortController(), child: null, watching: Promise.resolve() };
    this.watched.set(program.name, watched);
    const first = program.start(watched.stopping.signal);
    watched.watching = first.then(
      (child) => this.watch(watched, child),
      () => undefined,
    );
    return first;
  }

  /** The running process of this name; null while it is down. */
  child(name: string): Child | null {
    const child = this.watched.get(name)?.child ?? null;
    return child?.exit() === null ? child : null;
  }

  /** Stops one program for good; `start` brings it back. */
  async halt(name: string): Promise<void> {
    const watched = this.watched.get(name);
    if (!watched) return;
    watched.stopping.abort();
    await watched.child?.stop();
    await watched.watching;
  }

  /** Stops everything and returns when nothing is left. */
  async stop(): Promise<void> {
    this.stopped = true;
    // First of all, so that nothing is restarted that stops because another one has stopped.
    for (const { stopping } of this.watched.values()) stopping.abort();
    for (const tier of ['client', 'service', 'infrastructure'] satisfies Tier[])
      await Promise.all(
        [...this.watched.values()]
          .filter(({ program }) => program.tier === tier)
          .map(({ program }) => this.halt(program.name)),
      );
  }

  private async watch(watched: Watched, first: Child): Promise<void> {
    const { program, stopping } = watched;
    let crashes = 0;
    for (let child: Child | null = first; child !== null; ) {
      watched.child = child;
      if (stopping.signal.aborted) return child.stop();
      const since = Date.now();
      const exit = await child.exited;
      if (stopping.signal.aborted) return;
      const next = afterExit(exit, program.mayFinish ?? false);
      if (next === 'finished') return this.report({ kind: 'finished', name: program.name });
      if (next === 'give-up')
        return this.report({
          kind: 'given-up',
          name: program.name,
          detail: `its settings are wrong; see ${child.logFile}`,
        });
      crashes = Date.now() - since >= this.healthyMs ? 0 : crashes + 1;
      child = await this.restart(watched, crashes, describeExit(exit));
    }
  }

  /** Tries until it runs again; null when it was stopped meanwhile. */
  private async restart({ program, stopping }: Watched, crashes: number, detail: string): Promise<Child | null> {
    for (let attempt = crashes, reason = detail; ; attempt++) {
      const retryInMs = restartPause(attempt);
      this.report({ kind: 'crashed', name: program.name, detail: reason, retryInMs });
      await pause(retryInMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return null;
      try {
        const child = await program.start(stopping.signal);
        this.report({ kind: 'recovered', name: program.name, pid: child.pid });
        return child;
      } catch (error) {
        reason = firstLine(error);
        if (stopping.signal.aborted) return null;
      }
    }
  }
}

/** A report is one sentence; what a log ends with stands in the log. */
function firstLine(error: unknown): string {
  if (error instanceof Gone) return describeExit(error.exit);
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return line;
}
