import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrainingStage } from '#contracts/events/training';
import type { Encoder, Golden, Manifest, Tuning } from '#contracts/model-package';
import { canonicalJson } from '#domain/audit/canonical-json';
import { classesOf, matrixColumns } from '#domain/encoding/columns';
import { compileEncoder } from '#domain/encoding/encoder';
import { verifyGolden } from '../evaluators/golden.js';
import { loadEvaluator } from '../evaluators/load.js';
import { collectGarbage } from '../native/collect-garbage.js';
import type { TrainedModel } from './backends/backend.js';
import { ImportedBackend } from './backends/imported.js';
import { openBackend } from './backends/open-backend.js';
import { parametersFor } from './backends/parameters.js';
import { checkData, type DataReport, requireRows } from './checks.js';
import { balancedWeights } from './class-weights.js';
import { TrainingDatabase } from './duckdb.js';
import { asTrainingFailure, TrainingFailure } from './failure.js';
import { fitEncoders } from './fit-encoders.js';
import { type GoldenInput, goldenOf, inventedInputs, realInputs } from './golden.js';
import { describeFeatures, type FeatureHistogram } from './histograms.js';
import { importedEncoders } from './imported.js';
import { type Report, type SnapshotResult, TrainingJob, type TrainingOrder, type TrainingResult } from './job.js';
import { type LabelledMatrix, type MatrixPart, readMatrices } from './matrices.js';
import { accuracyOf, referenceOf } from './reference.js';
import { describeSnapshot, writeSnapshot } from './snapshot.js';
import { tune } from './tune.js';
import { readTypedRows, type TypedRows } from './typed-rows.js';

/** Everything that is needed of the data once DuckDB has given its memory back. */
interface Prepared {
  readonly snapshot: SnapshotResult;
  readonly typed: TypedRows;
  readonly encoders: Encoder[];
  readonly data: DataReport;
  readonly histograms: ReadonlyMap<string, FeatureHistogram>;
  readonly golden: GoldenInput[];
  readonly parts: Record<MatrixPart, LabelledMatrix>;
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
    const trained = await train(job, prepared, report);
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

async function prepare(job: TrainingJob, { report, snapshot: announce }: TrainingEvents): Promise<Prepared> {
  const { definition, source, workDir } = job;
  const share = Math.max(128, Math.floor(job.memoryMb * DUCKDB_SHARE));
  const database = await TrainingDatabase.open({
    threads: job.threads,
    memoryMb: Math.min(MOST_MB_TO_FREEZE, share),
    spillDir: join(workDir, 'spill'),
  });
  try {
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
        'Let the engine send outcomes, or import some with "ratchet import", then train again.',
      );
    announce(snapshot);
    await database.limitMemory(Math.min(MOST_MB_TO_PREPARE, share));

    await report('prepare', 0.15, `reading ${snapshot.rows} rows`);
    const typed = await readTypedRows(database, parquet, definition);
    requireRows(definition, typed);
    await report('prepare', 0.2, 'describing and encoding the features');
    const [described, encoded] = await bothDone(describe(job, database, typed), encode(job, database, typed));
    const real = await realInputs(database, parquet, definition, snapshot.rows);
    return { snapshot, typed, ...described, ...encoded, golden: [...real, ...inventedInputs(definition)] };
  } finally {
    database.close();
    collectGarbage();
  }
}

async function describe({ definition, imported }: TrainingJob, database: TrainingDatabase, typed: TypedRows) {
  const features = await describeFeatures(database, typed);
  const data = await checkData(database, definition, typed, features, imported ? 'show' : 'train');
  return { data, histograms: new Map(features.map(({ name, histogram }) => [name, histogram])) };
}

async function encode({ definition, imported }: TrainingJob, database: TrainingDatabase, typed: TypedRows) {
  const encoders = imported
    ? importedEncoders(definition, imported.description)
    : await fitEncoders(database, definition, typed);
  return { encoders, parts: await readMatrices(database, definition, typed, encoders) };
}

/** Both results, or the failure of the first that has one; either way nothing goes on in the background. */
async function bothDone<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return [await a, await b];
}

/** Where in the whole run training begins, and the share of it that training takes. */
const TRAINING = { from: 0.3, share: 0.6 };

interface Trained {
  readonly model: TrainedModel;
  readonly tuning: Tuning | null;
}

async function train(job: TrainingJob, prepared: Prepared, report: Report): Promise<Trained> {
  const { definition, backend } = job;
  const { parts, typed } = prepared;
  const own = job.imported ? { rounds: 1, parameters: new Map<string, string>() } : parametersFor(definition, backend);
  const trainer = trainerOf(job, prepared, own.rounds);
  const rows = `${typed.rows.train} rows, ${parts.train.matrix.columns} columns`;
  await report('train', TRAINING.from, job.imported ? `reading the model` : `training ${backend} on ${rows}`);
  if (job.tune === null) {
    const model = await trainer(own.parameters, (share, message) =>
      report('train', TRAINING.from + TRAINING.share * share, message),
    );
    return { model, tuning: null };
  }
  if (typed.rows.validation === 0)
    throw new TrainingFailure(
      'train',
      `There is nothing to tune "${definition.name}" on: its validation part is empty.`,
      'Train without --tune, or give split.shares a validation part.',
    );
  const trials = job.tune;
  const step = TRAINING.share / trials;
  const startOf = (number: number): number => TRAINING.from + step * (number - 1);
  let best = '';
  return tune(
    backend,
    own.parameters,
    { count: trials, seed: definition.seed },
    {
      labels: parts.validation.labels,
      classes: classesOf(definition).length,
      train: ({ number, parameters }) =>
        trainer(parameters, (share, message) =>
          report('train', startOf(number) + step * share, `trial ${number} of ${trials}: ${message}${best}`),
        ),
      done: async ({ number }, loss, least) => {
        best = `; best so far ${least.toFixed(4)}`;
        await report('train', startOf(number + 1), `trial ${number} of ${trials}: log-loss ${loss.toFixed(4)}${best}`);
      },
    },
  );
}

type Trainer = (
  parameters: ReadonlyMap<string, string>,
  onRound: (share: number, message: string) => void | Promise<void>,
) => Promise<TrainedModel>;

/** Trains one setting of the parameters on the prepared parts. */
function trainerOf(job: TrainingJob, { parts, typed, encoders }: Prepared, rounds: number): Trainer {
  const { definition, threads } = job;
  const classes = classesOf(definition).length;
  const backend = job.imported
    ? new ImportedBackend(job.imported, job.library, matrixColumns(definition, encoders))
    : openBackend(job.backend, job.library);
  const weights = definition.class_weights === 'balanced' ? balancedWeights(parts.train.labels, classes) : null;
  return (parameters, onRound) =>
    backend.train({
      train: parts.train,
      weights,
      validation: typed.rows.validation > 0 ? parts.validation : null,
      classes,
      rounds,
      earlyStoppingRounds: definition.early_stopping_rounds,
      parameters,
      seed: definition.seed,
      threads,
      onRound: async (done, loss) => {
        const tail = loss === null ? '' : `, validation log-loss ${loss.toFixed(4)}`;
        await onRound(done / rounds, `round ${done} of ${rounds}${tail}`);
      },
    });
}

async function writePackage(job: TrainingJob, prepared: Prepared, { model, tuning }: Trained): Promise<TrainingResult> {
  const { definition } = job;
  const { snapshot, typed, encoders, parts } = prepared;
  const classes = [...classesOf(definition)];
  const columns = matrixColumns(definition, encoders);
  const heldOut = model.probabilitiesOf('validation');
  const trained = model.probabilitiesOf('train');
  const stats = {
    train_accuracy: accuracyOf(trained, parts.train.labels, classes.length),
    val_accuracy: accuracyOf(heldOut, parts.validation.labels, classes.length),
    n_features: columns.length,
    n_train: typed.rows.train,
    n_validation: typed.rows.validation,
    n_test: typed.rows.test,
    rounds: model.rounds,
    class_counts: prepared.data.classCounts,
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
    seed: definition.seed,
    threads: job.threads,
    warnings,
  };
  const golden = goldenOf(prepared.golden, compileEncoder(manifest), model);
  refuseUnservable(manifest, golden, model);
  const described = heldOut.length > 0 ? heldOut : trained;
  const reference = referenceOf(typed.rows.train, prepared.histograms, described, classes.length);

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

/** A package that serving would refuse must not leave the trainer. */
function refuseUnservable(manifest: Manifest, golden: Golden, model: TrainedModel): void {
  try {
    verifyGolden(manifest, loadEvaluator(manifest, new Map([[model.model.file, model.file]])), golden);
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
