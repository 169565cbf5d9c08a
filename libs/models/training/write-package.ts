import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChosenWindow, Encoder, Golden, Manifest, Tuning } from '#contracts/model-package';
import { canonicalJson } from '#domain/audit/canonical-json';
import { classesOf, matrixColumns } from '#domain/encoding/columns';
import { compileEncoder } from '#domain/encoding/encoder';
import type { Histogram } from '#features/histograms';
import type { Evaluator } from '../evaluators/evaluator.js';
import { verifyGolden } from '../evaluators/golden.js';
import { loadEvaluator } from '../evaluators/load.js';
import type { TrainedModel } from './backends/backend.js';
import type { DataReport } from './checks.js';
import { type GoldenInput, goldenOf } from './golden.js';
import type { ImportedFile } from './imported/imported-file.js';
import { verifyKnownAnswers } from './imported/known-answers.js';
import { TrainingFailure } from './process/failure.js';
import type { SnapshotResult, TrainingJob, TrainingResult } from './process/job.js';
import { type Answers, referenceOf } from './reference.js';
import type { TypedRows } from './rows/typed-rows.js';

/** What is known of the rows that a package comes from. */
export interface PackageRows {
  /** A model trained elsewhere; null where one is trained. */
  readonly imported: ImportedFile | null;
  readonly snapshot: SnapshotResult;
  readonly typed: TypedRows;
  readonly encoders: readonly Encoder[];
  readonly data: DataReport;
  readonly golden: readonly GoldenInput[];
}

/** What was learnt of them. */
export interface PackageModel {
  readonly model: Omit<TrainedModel, 'probabilitiesOf' | 'free'>;
  readonly tuning: Tuning | null;
  /** Null for a model trained elsewhere. */
  readonly chosen: ChosenWindow | null;
  /** The features of the rows it learnt from. */
  readonly histograms: ReadonlyMap<string, Histogram>;
  readonly train: Answers;
  readonly validation: Answers;
  /** Left out where this very process has trained it. */
  readonly engine?: Manifest['engine'];
}

/** Writes the files of a package into the work folder, and makes sure that serving will take them. */
export async function writePackage(
  job: TrainingJob,
  { imported, snapshot, typed, encoders, data, golden: inputs }: PackageRows,
  { model, tuning, chosen, histograms, train, validation, engine }: PackageModel,
): Promise<TrainingResult> {
  const { definition } = job;
  const classes = [...classesOf(definition)];
  const columns = matrixColumns(definition, encoders);
  const stats = {
    train_accuracy: train.accuracy,
    val_accuracy: validation.accuracy,
    n_features: columns.length,
    n_train: train.rows,
    n_validation: validation.rows,
    n_test: typed.rows.test,
    rounds: model.rounds,
    class_counts: Object.fromEntries(classes.map((name, i) => [name, train.counts[i] ?? 0])),
  };
  const warnings = [...data.warnings, ...model.warnings];
  const manifest: Manifest = {
    format_version: 1,
    definition,
    backend: job.backend,
    model: model.model,
    classes,
    encoders: [...encoders],
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
    ...(engine !== undefined && { engine }),
    seed: definition.seed,
    threads: job.threads,
    warnings,
  };
  const invented = goldenOf(inputs, compileEncoder(manifest), model);
  const evaluator = servable(manifest, invented, model);
  const known = imported ? verifyKnownAnswers(manifest, evaluator, imported.description.golden ?? []) : [];
  const golden: Golden = { ...invented, cases: [...known, ...invented.cases] };

  const contents = new Map<string, Buffer>([
    ['manifest.json', jsonFile(manifest)],
    [model.model.file, model.file],
    ['golden.json', jsonFile(golden)],
    ['reference.json', jsonFile(referenceOf(histograms, train, validation))],
  ]);
  const files: Record<string, string> = {};
  for (const [name, content] of contents) {
    files[name] = join(job.workDir, name);
    await writeFile(files[name], content);
  }
  const datasetSize = typed.rows.train + typed.rows.validation + typed.rows.test;
  return { snapshot, files, stats, warnings, datasetSize };
}

/** A package that serving would refuse must not leave the trainer: gives what serving evaluates it by. */
function servable(manifest: Manifest, golden: Golden, model: PackageModel['model']): Evaluator {
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
