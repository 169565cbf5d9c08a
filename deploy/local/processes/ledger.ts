import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { platform } from 'node:os';
import { dirname } from 'node:path';
import { z } from 'zod';
import { until } from '../until.js';
import { isRunning } from './process-identity.js';

/** Higher tiers stop first: what asks stops before what answers, and the services before Kafka and Postgres. */
export const TIERS = { infrastructure: 0, service: 1, client: 2 } as const;
export type Tier = keyof typeof TIERS;

const Entry = z.object({
  name: z.string(),
  pid: z.int(),
  started: z.string(),
  tier: z.enum(['infrastructure', 'service', 'client']),
  stopSignal: z.enum(['SIGTERM', 'SIGINT']),
  graceMs: z.number(),
});
export type LedgerEntry = z.infer<typeof Entry>;

/** The running children, on disk, so that they can be found again after the parent was killed. */
export class Ledger {
  private entries: LedgerEntry[] = [];

  constructor(readonly file: string) {
    mkdirSync(dirname(file), { recursive: true });
  }

  add(entry: LedgerEntry): void {
    this.entries.push(entry);
    this.save();
  }

  remove(pid: number): void {
    this.entries = this.entries.filter((entry) => entry.pid !== pid);
    this.save();
  }

  private save(): void {
    const draft = `${this.file}.new`;
    writeFileSync(draft, JSON.stringify(this.entries, null, 2), { mode: 0o600 });
    renameSync(draft, this.file);
  }
}

function read(file: string): LedgerEntry[] {
  try {
    return z.array(Entry).parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return [];
  }
}

/** Signals a process and everything it started (each child leads its own process group). */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(platform() === 'win32' ? pid : -pid, signal);
  } catch {
    // Nobody of the group is left.
  }
}

async function stopEntry(entry: LedgerEntry): Promise<void> {
  try {
    process.kill(entry.pid, entry.stopSignal);
  } catch {
    return;
  }
  try {
    await until(`${entry.name} to stop`, () => !isRunning(entry), { deadlineMs: entry.graceMs });
  } catch {
    signalGroup(entry.pid, 'SIGKILL');
    await until(`${entry.name} to be gone`, () => !isRunning(entry), { deadlineMs: 10_000 });
  }
}

/** Stops every child in the ledger that still runs, highest tier first, and returns their names. */
export async function stopRecorded(file: string): Promise<string[]> {
  const left = read(file).filter(isRunning);
  for (const tier of [TIERS.client, TIERS.service, TIERS.infrastructure])
    await Promise.all(left.filter((entry) => TIERS[entry.tier] === tier).map(stopEntry));
  rmSync(file, { force: true });
  return left.map((entry) => entry.name);
}
