import type { TrainingStage } from '#contracts/events/training';
import { classesOf, matrixColumns } from '#domain/encoding/columns';
import { ALL_ROWS, type Window } from '#domain/training/windows';
import type { Histogram } from '#features/histograms';
import { collectGarbage } from '../native/collect-garbage.js';
import type { TrainOnCluster } from './elsewhere/order.js';
import { trainElsewhere } from './elsewhere/train-elsewhere.js';
import { fitEncoders } from './fit-encoders.js';
import { importedEncoders } from './imported/imported.js';
import { type ImportedFile, readImported } from './imported/imported-file.js';
import { learn } from './learn.js';
import { type MatrixPart, readMatrices, type TimedMatrix } from './matrices.js';
import {
  bothDone,
  describe,
  describeWindow,
  freeze,
  goldenInputs,
  openDatabase,
  type TrainingEvents,
  windowsOf,
} from './prepare.js';
import { asTrainingFailure } from './process/failure.js';
import {
  type Report,
  type SnapshotResult,
  TrainingJob,
  type TrainingOrder,
  type TrainingResult,
} from './process/job.js';
import { requireMemory } from './process/memory.js';
import { Answers } from './reference.js';
import type { TrainingDatabase } from './rows/duckdb.js';
import type { TypedRows } from './rows/typed-rows.js';
import { type PackageRows, writePackage } from './write-package.js';

/** Everything that is needed of the data once DuckDB has given its memory back. */
interface Prepared extends PackageRows {
  /** Of each window that may be learnt from, what its features look like. */
  readonly histograms: ReadonlyMap<Window, ReadonlyMap<string, Histogram>>;
  readonly parts: Record<MatrixPart, TimedMatrix>;
}

/**
 * A whole run: rows → snapshot → matrices → model → files of the package in `workDir`. Meant for a process of its own,
 * because the libraries block and take all the memory they need. Same rows, definition, seed, threads and library: same
 * bytes, unless a cluster trains. Throws {@link TrainingFailure}.
 *
 * @param onCluster who trains a job that is to be trained elsewhere
 */
export async function runTraining(
  order: TrainingOrder,
  events: TrainingEvents,
  onCluster?: TrainOnCluster,
): Promise<TrainingResult> {
  const job = TrainingJob.parse(order);
  let stage: TrainingStage = 'snapshot';
  const report: Report = (next, progress, message) => {
    stage = next;
    return events.report(next, progress, message);
  };
  try {
    if (onCluster && job.elsewhere) return await trainElsewhere(job, { ...events, report }, onCluster);
    const prepared = await prepare(job, { ...events, report });
    const windows = [...prepared.histograms.keys()];
    const trained = await learn(job, { ...prepared, windows }, report);
    const { model, tuning, chosen } = trained;
    try {
      await report('package', 0.92, 'writing the package');
      const answersOf = (part: MatrixPart): Answers =>
        new Answers(classesOf(job.definition).length).add(model.probabilitiesOf(part), trained.rows.parts[part].labels);
      return await writePackage(job, prepared, {
        model,
        tuning,
        chosen,
        histograms: prepared.histograms.get(trained.rows.window) ?? new Map(),
        train: answersOf('train'),
        validation: answersOf('validation'),
      });
    } finally {
      model.free();
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

async function prepare(job: TrainingJob, events: TrainingEvents): Promise<Prepared> {
  const imported = job.imported && readImported(job.imported);
  const database = await openDatabase(job);
  try {
    const frozen = await freeze(job, database, events);
    const { snapshot, typed } = frozen;
    await events.report('prepare', 0.2, 'describing and encoding the features');
    const [{ data, features }, encoded] = await bothDone(
      describe(job, database, typed),
      encode(job, imported, database, typed),
    );
    const golden = await goldenInputs(job, database, frozen);
    const windows = imported ? [ALL_ROWS] : windowsOf(job, typed, encoded.parts.train.times);
    const histograms = new Map<Window, ReadonlyMap<string, Histogram>>();
    for (const window of windows) histograms.set(window, await describeWindow(job, database, typed, features, window));
    return { imported, snapshot, typed, data, histograms, ...encoded, golden };
  } finally {
    database.close();
    collectGarbage();
  }
}

async function encode(job: TrainingJob, imported: ImportedFile | null, database: TrainingDatabase, typed: TypedRows) {
  const { definition } = job;
  const encoders = imported ? importedEncoders(definition, imported) : await fitEncoders(database, definition, typed);
  const learnt = typed.rows.train + typed.rows.validation;
  if (!imported) requireMemory(job, definition, learnt, matrixColumns(definition, encoders).length);
  return { encoders, parts: await readMatrices(database, definition, typed, encoders) };
}
