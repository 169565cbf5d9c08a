import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ratchet } from '#contracts/command-line';
import type { TrainingStage } from '#contracts/events/training';
import type { Encoder, Golden, Manifest } from '#contracts/model-package';
import { canonicalJson } from '#domain/audit/canonical-json';
import { classesOf, matrixColumns } from '#domain/encoding/columns';
import { compileEncoder } from '#domain/encoding/encoder';
import { ALL_ROWS, candidateWindows, type Window } from '#domain/training/windows';
import type { Histogram } from '#features/histograms';
import type { Evaluator } from '../evaluators/evaluator.js';
import { verifyGolden } from '../evaluators/golden.js';
import { loadEvaluator } from '../evaluators/load.js';
import { collectGarbage } from '../native/collect-garbage.js';
import { checkData, type DataReport, requireRows } from './checks.js';
import { fitEncoders } from './fit-encoders.js';
import { type GoldenInput, goldenOf, inventedInputs, realInputs } from './golden.js';
import { type Binned, describeFeatures } from './histograms.js';
import { importedEncoders } from './imported/imported.js';
import { type ImportedFile, readImported } from './imported/imported-file.js';
import { verifyKnownAnswers } from './imported/known-answers.js';
import { type Learnt, learn } from './learn.js';
import { type MatrixPart, readMatrices, type TimedMatrix } from './matrices.js';
import { asTrainingFailure, TrainingFailure } from './process/failure.js';
import {
  type Report,
  type SnapshotResult,
  TrainingJob,
  type TrainingOrder,
  type TrainingResult,
} from './process/job.js';
import { requireMemory } from './process/memory.js';
import { accuracyOf, referenceOf } from './reference.js';
import { TrainingDatabase } from './rows/duckdb.js';
import { describeSnapshot, writeSnapshot } from './rows/snapshot.js';
import { readTypedRows, type TypedRows } from './rows/typed-rows.js';

/** Everything that is needed of the data once DuckDB has given its memory back. */
interface Prepared {
  /** A model trained elsewhere; null where one is trained. */
  readonly imported: ImportedFile | null;
  readonly snapshot: SnapshotResult;
  readonly typed: TypedRows;
  readonly encoders: Encoder[];
  readonly data: DataReport;
  /** Of each window that may be learnt from, what its features look like. */
  readonly histograms: ReadonlyMap<Window, ReadonlyMap<string, Histogram>>;
  readonly golden: GoldenInput[];
  readonly parts: Record<MatrixPart, TimedMatrix>;
}

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

/**
 * A whole run: rows → snapshot → matrices → model → files of the package in `workDir`. Meant for a process of its own,
 * because the libraries block and take all the memory they need. Same rows, definition, seed, threads and library: same
 * bytes. Throws {@link TrainingFailure}.
 */
export async function runTraining(order: TrainingOrder, events: TrainingEvents): Promise<TrainingResult> {
  const job = TrainingJob.parse(order);
  let stage: TrainingStage = 'snapshot';
  const report: Report = (next, progress, message) => {
    stage = next;
    return events.report(next, progress, message);
  };
  try {
    const prepared = await prepare(job, { ...events, report });
    const windows = [...prepared.histograms.keys()];
    const trained = await learn(job, { ...prepared, windows }, report);
    try {
      await report('package', 0.92, 'writing the package');
      return await writePackage(job, prepared, trained);
    } finally {
      trained.model.free();
    }
  } catch (error) {
    throw asTrainingFailure(error, stage);
  }
}

/**
 * The first part of a run alone: rows → snapshot in `workDir`, for a trainer elsewhere. Too few of them are told now rather than
 * when somebody has trained. Throws {@link TrainingFailure}.
 */
export async function freezeRows(order: TrainingOrder, report: Report): Promise<SnapshotResult> {
  const job = TrainingJob.parse(order);
  try {
    const database = await openDatabase(job);
    try {
      return (await freeze(job, database, { report, snapshot: () => undefined })).snapshot;
    } finally {
      database.close();
    }
  } catch (error) {
    throw asTrainingFailure(error, 'snapshot');
  }
}

/** Of the memory of a run, what DuckDB may have. */
const shareOf = ({ memoryMb }: TrainingJob): number => Math.max(128, Math.floor(memoryMb * DUCKDB_SHARE));

const openDatabase = (job: TrainingJob): Promise<TrainingDatabase> =>
  TrainingDatabase.open({
    threads: job.threads,
    memoryMb: Math.min(MOST_MB_TO_FREEZE, shareOf(job)),
    spillDir: join(job.workDir, 'spill'),
  });

async function freeze(
  job: TrainingJob,
  database: TrainingDatabase,
  { report, snapshot: announce }: TrainingEvents,
): Promise<{ parquet: string; snapshot: SnapshotResult; typed: TypedRows }> {
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
  const typed = await readTypedRows(database, parquet, definition);
  requireRows(definition, typed);
  return { parquet, snapshot, typed };
}

async function prepare(job: TrainingJob, events: TrainingEvents): Promise<Prepared> {
  const { definition } = job;
  const { report } = events;
  const imported = job.imported && readImported(job.imported);
  const database = await openDatabase(job);
  try {
    const { parquet, snapshot, typed } = await freeze(job, database, events);
    await report('prepare', 0.2, 'describing and encoding the features');
    const [{ data, features }, encoded] = await bothDone(
      describe(job, database, typed),
      encode(job, imported, database, typed),
    );
    const real = await realInputs(database, parquet, definition, snapshot.rows);
    const windows = imported ? [ALL_ROWS] : windowsOf(job, typed, encoded.parts.train);
    const histograms = new Map<Window, ReadonlyMap<string, Histogram>>();
    for (const window of windows)
      histograms.set(
        window,
        byName(window.from === null ? features : await describeFeatures(database, definition.name, typed, window.from)),
      );
    const golden = [...real, ...inventedInputs(definition)];
    return { imported, snapshot, typed, data, histograms, ...encoded, golden };
  } finally {
    database.close();
    collectGarbage();
  }
}

async function describe({ definition, imported }: TrainingJob, database: TrainingDatabase, typed: TypedRows) {
  const features = await describeFeatures(database, definition.name, typed);
  const data = await checkData(database, definition, typed, features, imported ? 'show' : 'train');
  return { data, features };
}

const byName = (features: readonly Binned[]) => new Map(features.map(({ name, histogram }) => [name, histogram]));

function windowsOf({ definition, onsets }: TrainingJob, { rows }: TypedRows, { times }: TimedMatrix): Window[] {
  const trainShare = rows.train / (rows.train + rows.validation + rows.test);
  return candidateWindows(definition.training_window, { times, trainShare, onsets: onsets.map(Date.parse) });
}

async function encode(job: TrainingJob, imported: ImportedFile | null, database: TrainingDatabase, typed: TypedRows) {
  const { definition } = job;
  const encoders = imported ? importedEncoders(definition, imported) : await fitEncoders(database, definition, typed);
  const learnt = typed.rows.train + typed.rows.validation;
  if (!imported) requireMemory(job, definition, learnt, matrixColumns(definition, encoders).length);
  return { encoders, parts: await readMatrices(database, definition, typed, encoders) };
}

/** Both results, or the failure of the first that has one; either way nothing goes on in the background. */
async function bothDone<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return [await a, await b];
}

async function writePackage(
  job: TrainingJob,
  prepared: Prepared,
  { model, tuning, rows: learnt, chosen }: Learnt,
): Promise<TrainingResult> {
  const { definition } = job;
  const { snapshot, typed, encoders } = prepared;
  const { parts } = learnt;
  const classes = [...classesOf(definition)];
  const columns = matrixColumns(definition, encoders);
  const heldOut = model.probabilitiesOf('validation');
  const trained = model.probabilitiesOf('train');
  const stats = {
    train_accuracy: accuracyOf(trained, parts.train.labels, classes.length),
    val_accuracy: accuracyOf(heldOut, parts.validation.labels, classes.length),
    n_features: columns.length,
    n_train: parts.train.matrix.rows,
    n_validation: parts.validation.matrix.rows,
    n_test: typed.rows.test,
    rounds: model.rounds,
    class_counts: countsOf(classes, parts.train.labels),
  };
  const warnings = [...prepared.data.warnings, ...model.warnings];
  const manifest: Manifest = {
    format_version: 1,
    definition,
    backend: job.backend,
    model: model.model,
    classes,
    encoders,
    columns,
    training_stats: stats,
    snapshot: {
      hash: snapshot.hash,
      rows: snapshot.rows,
      watermark: snapshot.watermark,
      ...(job.query === null ? {} : { query: job.query }),
    },
    importance: importanceOf(columns, model.gain),
    library: model.library,
    parameters: Object.fromEntries(model.parameters),
    ...(tuning !== null && { tuning }),
    ...(chosen !== null && { window: chosen }),
    seed: definition.seed,
    threads: job.threads,
    warnings,
  };
  const invented = goldenOf(prepared.golden, compileEncoder(manifest), model);
  const evaluator = servable(manifest, invented, model);
  const known = prepared.imported
    ? verifyKnownAnswers(manifest, evaluator, prepared.imported.description.golden ?? [])
    : [];
  const golden: Golden = { ...invented, cases: [...known, ...invented.cases] };
  const described = heldOut.length > 0 ? heldOut : trained;
  const reference = referenceOf(
    parts.train.matrix.rows,
    prepared.histograms.get(learnt.window) ?? new Map(),
    described,
    classes.length,
  );

  const contents = new Map<string, Buffer>([
    ['manifest.json', jsonFile(manifest)],
    [model.model.file, model.file],
    ['golden.json', jsonFile(golden)],
    ['reference.json', jsonFile(reference)],
  ]);
  const files: Record<string, string> = {};
  for (const [name, content] of contents) {
    files[name] = join(job.workDir, name);
    await writeFile(files[name], content);
  }
  const datasetSize = typed.rows.train + typed.rows.validation + typed.rows.test;
  return { snapshot, files, stats, warnings, datasetSize };
}

function countsOf(classes: readonly string[], labels: Float32Array): Record<string, number> {
  const counts = classes.map(() => 0);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return Object.fromEntries(classes.map((name, i) => [name, counts[i] ?? 0]));
}

/** A package that serving would refuse must not leave the trainer: gives what serving evaluates it by. */
function servable(manifest: Manifest, golden: Golden, model: Learnt['model']): Evaluator {
  try {
    const evaluator = loadEvaluator(manifest, new Map([[model.model.file, model.file]]));
    verifyGolden(manifest, evaluator, golden);
    return evaluator;
  } catch (error) {
    throw new TrainingFailure(
      'package',
      `The trained model cannot be served: ${error instanceof Error ? error.message : String(error)}.`,
      'This is a defect of Ratchet; keep the snapshot and report it with the definition.',
      { cause: error },
    );
  }
}

/** Share of each column in the total gain; all 0 for a model without a split. */
function importanceOf(columns: readonly string[], gain: Float64Array): Record<string, number> {
  const total = gain.reduce((sum, value) => sum + value, 0);
  return Object.fromEntries(columns.map((column, i) => [column, total > 0 ? (gain[i] ?? 0) / total : 0]));
}

const jsonFile = (value: unknown): Buffer => Buffer.from(`${canonicalJson(value)}\n`);
