import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { isRunning, type ProcessIdentity, processStart } from './process-identity.js';

const Owner = z.object({ pid: z.int(), started: z.string() });

function owner(file: string): ProcessIdentity | null {
  try {
    return Owner.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}

export class AlreadyRunning extends Error {
  constructor(
    readonly folder: string,
    readonly pid: number,
  ) {
    super(
      `Ratchet already runs on ${folder} as process ${pid}. Use that one, stop it (kill ${pid}), or start this one on another folder: RATCHET_HOME=… npm start.`,
    );
    this.name = 'AlreadyRunning';
  }
}

/** Moves a dead owner's lock away. Another starter may have put its own there since we looked: that one goes back. */
function retire(file: string, folder: string): void {
  const aside = `${file}.retired.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  const holder = owner(aside);
  if (holder && isRunning(holder)) {
    renameSync(aside, file);
    throw new AlreadyRunning(folder, holder.pid);
  }
  rmSync(aside);
}

/**
 * Makes this process the only one on a data folder, or throws {@link AlreadyRunning}. A lock whose owner is gone counts
 * for nothing. Returns the function that gives it back.
 */
export function lockHome(folder: string, file: string): () => void {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify({ pid: process.pid, started: processStart(process.pid) ?? '' }));
  try {
    for (;;) {
      try {
        // Linking fails when the lock is there, and never shows a half-written one.
        linkSync(draft, file);
        return () => rmSync(file, { force: true });
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      }
      const holder = owner(file);
      if (holder && isRunning(holder)) throw new AlreadyRunning(folder, holder.pid);
      retire(file, folder);
    }
  } finally {
    rmSync(draft, { force: true });
  }
}
