import type { EntityManager } from 'typeorm';
import type { TrainingStage } from '#contracts/events/training';
import { sqlIn } from '#database/sql';

const sql = sqlIn(import.meta.dirname);

/** A run keeps this many of its newest lines … */
export const LINES_KEPT = 1_000;
/** … and of each model this many runs keep theirs. */
const RUNS_KEPT = 100;
const LONGEST_LINE = 2_000;

export interface NewLogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
}

/** All lines of one call belong to one moment and one stage. `progress` is null where a line says nothing of it. */
export interface LogMoment {
  readonly at: string;
  readonly stage: TrainingStage;
  readonly progress: number | null;
}

const APPEND = sql('append-to-log');

const PRUNE = sql('prune-logs');

/** Adds lines to the log of a run, which must be there, and forgets the oldest of too many. */
export async function appendToLog(
  manager: EntityManager,
  runId: string,
  { at, stage, progress }: LogMoment,
  lines: readonly NewLogLine[],
): Promise<void> {
  if (lines.length === 0) return;
  await manager.query(APPEND, [
    runId,
    at,
    stage,
    progress,
    lines.map(({ level }) => level),
    lines.map(({ message }) => message.slice(0, LONGEST_LINE)),
    LINES_KEPT,
  ]);
}

/** Forgets the logs of all but the newest runs of a model; what became of each run stays. */
export async function pruneLogs(manager: EntityManager, model: string): Promise<void> {
  await manager.query(PRUNE, [model, RUNS_KEPT]);
}
