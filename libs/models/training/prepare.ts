import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ratchet } from '#contracts/command-line';
import { candidateWindows, type Window } from '#domain/training/windows';
import type { Histogram } from '#features/histograms';
import { checkData, type DataReport, requireRows } from './checks.js';
import { type GoldenInput, inventedInputs, realInputs } from './golden.js';
import { type Binned, describeFeatures } from './histograms.js';
import { TrainingFailure } from './process/failure.js';
import type { Report, SnapshotResult, TrainingJob } from './process/job.js';
import { TrainingDatabase } from './rows/duckdb.js';
import { describeSnapshot, writeSnapshot } from './rows/snapshot.js';
import { readTypedRows, type TypedRows } from './rows/typed-rows.js';

export interface TrainingEvents {
  readonly report: Report;
  /** The snapshot is on disk and can be stored while training goes on. */
  snapshot(snapshot: SnapshotResult): void;
}

/** Share of the memory that DuckDB may take while it prepares; the matrices take the rest. */
const DUCKDB_SHARE = 0.4;
/** At a million rows, sorting is the faster the more memory it has; what does not fit goes through the disk … */
const MOST_MB_TO_FREEZE = 320;
/** … but the rest hardly gains from more than this. */
const MOST_MB_TO_PREPARE = 256;

/** Of the memory of a run, what DuckDB may have. */
const shareOf = ({ memoryMb }: TrainingJob): number => Math.max(128, Math.floor(memoryMb * DUCKDB_SHARE));

export const openDatabase = (job: TrainingJob): Promise<TrainingDatabase> =>
  TrainingDatabase.open({
    threads: job.threads,
    memoryMb: Math.min(MOST_MB_TO_FREEZE, shareOf(job)),
    spillDir: join(job.workDir, 'spill'),
  });

export interface FrozenRows {
  readonly parquet: string;
  readonly snapshot: SnapshotResult;
  readonly typed: TypedRows;
}

/** Freezes the rows of a job and reads them into the database. Throws {@link TrainingFailure}. */
export async function freeze(
  job: TrainingJob,
  database: TrainingDatabase,
  { report, snapshot: announce }: TrainingEvents,
): Promise<FrozenRows> {
  const { definition, source, workDir } = job;
  await report('snapshot', 0.1, 'freezing the rows');
  const parquet = source.kind === 'parquet' ? source.path : join(workDir, 'snapshot.parquet');
  const snapshot =
    source.kind === 'parquet'
      ? await describeSnapshot(database, parquet)
      : await writeSnapshot(database, source.files, parquet);
  if (source.kind === 'copied') await Promise.all(source.files.map((file) => rm(file)));
  if (snapshot.rows === 0)
    throw new TrainingFailure(
      'snapshot',
      `There are no rows of "${definition.name}" to train on.`,
      `Let the engine send outcomes, or import some with "${ratchet('import FILE', definition.name)}", then train again.`,
    );
  announce(snapshot);
  await database.limitMemory(Math.min(MOST_MB_TO_PREPARE, shareOf(job)));

  await report('prepare', 0.15, `reading ${snapshot.rows} rows`);
  const typed = await readTypedRows(database, parquet, definition, { withKeys: job.elsewhere });
  requireRows(definition, typed);
  return { parquet, snapshot, typed };
}

/** What the features look like in the training part, and what is noticed about them. */
export async function describe(
  { definition, imported }: TrainingJob,
  database: TrainingDatabase,
  typed: TypedRows,
): Promise<{ data: DataReport; features: Binned[] }> {
  const features = await describeFeatures(database, definition.name, typed);
  const data = await checkData(database, definition, typed, features, imported ? 'show' : 'train');
  return { data, features };
}

/** The same for the rows of a window alone. */
export async function describeWindow(
  { definition }: TrainingJob,
  database: TrainingDatabase,
  typed: TypedRows,
  features: readonly Binned[],
  { from }: Window,
): Promise<ReadonlyMap<string, Histogram>> {
  const described = from === null ? features : await describeFeatures(database, definition.name, typed, from);
  return new Map(described.map(({ name, histogram }) => [name, histogram]));
}

/** @param times of the training rows' outcomes, milliseconds since 1970 */
export function windowsOf({ definition, onsets }: TrainingJob, { rows }: TypedRows, times: Float64Array): Window[] {
  const trainShare = rows.train / (rows.train + rows.validation + rows.test);
  return candidateWindows(definition.training_window, { times, trainShare, onsets: onsets.map(Date.parse) });
}

/** What a model of these rows is tried with before it leaves. */
export async function goldenInputs(
  { definition }: TrainingJob,
  database: TrainingDatabase,
  { parquet, snapshot }: FrozenRows,
): Promise<GoldenInput[]> {
  const real = await realInputs(database, parquet, definition, snapshot.rows);
  return [...real, ...inventedInputs(definition)];
}

/** Both results, or the failure of the first that has one; either way nothing goes on in the background. */
export async function bothDone<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return [await a, await b];
}
