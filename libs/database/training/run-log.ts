import type { EntityManager } from 'typeorm';
import type { TrainingStage } from '#contracts/events/training';

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

/** The run counts its lines, which numbers them without gaps and keeps two writers from taking one number. */
const APPEND = `
with run as (
  update training.runs set log_lines = log_lines + cardinality($6::text[]) where run_id = $1 returning run_id, log_lines
),
written as (
  insert into training.run_log (run_id, line, at, stage, progress, level, message)
  select run_id, log_lines - cardinality($6::text[]) + n, $2, $3, $4, level, message
  from run, unnest($5::text[], $6::text[]) with ordinality as lines (level, message, n)
)
delete from training.run_log l using run where l.run_id = run.run_id and l.line <= run.log_lines - ${LINES_KEPT}`;

const PRUNE = `
delete from training.run_log where run_id in (
  select run_id from training.runs where model = $1 and state in ('done', 'failed') order by queued_at desc offset ${RUNS_KEPT})`;

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
  ]);
}

/** Forgets the logs of all but the newest runs of a model; what became of each run stays. */
export async function pruneLogs(manager: EntityManager, model: string): Promise<void> {
  await manager.query(PRUNE, [model]);
}
