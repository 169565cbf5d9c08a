import type { ChosenWindow, Encoder, Tuning } from '#contracts/model-package';
import { classesOf, matrixColumns } from '#domain/encoding/columns';
import type { Window } from '#domain/training/windows';
import type { TrainedModel } from './backends/backend.js';
import { ImportedBackend } from './backends/imported.js';
import { openBackend, trainable, weighsRows } from './backends/open-backend.js';
import { parametersFor } from './backends/parameters.js';
import { balancedWeights } from './class-weights.js';
import type { ImportedFile } from './imported/imported-file.js';
import type { MatrixPart, TimedMatrix } from './matrices.js';
import { TrainingFailure } from './process/failure.js';
import type { Report, TrainingJob } from './process/job.js';
import { progressOf, roundOf, TRAINING } from './progress.js';
import { lossesOf, rowsOf, takeRows, type WindowRows } from './rows/window-rows.js';
import { tune } from './tuning/tune.js';
import { bestWindow, described, whyOnly } from './window-contest.js';

/** What there is to learn from. */
export interface Lesson {
  /** A model trained elsewhere; null where one is trained. */
  readonly imported: ImportedFile | null;
  readonly encoders: readonly Encoder[];
  readonly parts: Record<MatrixPart, TimedMatrix>;
  /** The first is used unless another one is better for sure. */
  readonly windows: readonly Window[];
}

export interface Learnt {
  readonly model: TrainedModel;
  readonly tuning: Tuning | null;
  readonly rows: WindowRows;
  /** Null for a model trained elsewhere. */
  readonly chosen: ChosenWindow | null;
}

type OnRound = (share: number, message: string) => void | Promise<void>;
type Trainer = (rows: WindowRows, parameters: ReadonlyMap<string, string>, onRound: OnRound) => Promise<TrainedModel>;

/** Trains on the rows that tell most of what is true now, with the parameters that suit them best. */
export async function learn(job: TrainingJob, lesson: Lesson, report: Report): Promise<Learnt> {
  const { definition, backend } = job;
  const own = job.imported
    ? { rounds: 1, parameters: new Map<string, string>() }
    : parametersFor(definition, trainable(backend));
  const trainer = trainerOf(job, lesson, own.rounds);
  const { matrix } = lesson.parts.train;
  const size = `${matrix.rows} rows, ${matrix.columns} columns`;
  await report('train', TRAINING.from, job.imported ? 'reading the model' : `training ${backend} on ${size}`);
  const [only, ...others] = lesson.windows;
  if (job.tune !== null && only !== undefined && others.length === 0) {
    const rows = rowsOf(only, lesson.parts, { weighs: weighsRows(backend), seed: definition.seed });
    return {
      rows,
      chosen: described(only, rows.parts.train.matrix.rows, whyOnly(job)),
      ...(await tuned(job, rows, own.parameters, trainer, report)),
    };
  }
  const first = await inBestWindow(job, lesson, report, (rows, onRound) => trainer(rows, own.parameters, onRound));
  if (job.tune === null) return { ...first, tuning: null };
  first.model.free();
  return { ...first, ...(await tuned(job, first.rows, own.parameters, trainer, report)) };
}

async function inBestWindow(
  job: TrainingJob,
  { parts, windows, imported }: Lesson,
  report: Report,
  train: (rows: WindowRows, onRound: OnRound) => Promise<TrainedModel>,
): Promise<Omit<Learnt, 'tuning'>> {
  const { definition, backend } = job;
  const candidates = new Map(
    windows.map((window) => [window, rowsOf(window, parts, { weighs: weighsRows(backend), seed: definition.seed })]),
  );
  const rowsIn = (window: Window): WindowRows => {
    const rows = candidates.get(window);
    if (rows === undefined) throw new RangeError(`the window "${window.name}" has no rows`);
    return rows;
  };
  const classes = classesOf(definition).length;
  const { model, window, chosen } = await bestWindow<TrainedModel>(job, {
    windows,
    times: parts.validation.times,
    rowsOf: (window) => rowsIn(window).parts.train.matrix.rows,
    train: (window, place) =>
      train(rowsIn(window), (share, message) =>
        report('train', progressOf(share, place), place.of > 1 ? `rows ${window.name}: ${message}` : message),
      ),
    losses: async (of, positions) => {
      if (positions === null) return lossesOf(of.probabilitiesOf('validation'), parts.validation.labels, classes);
      const judged = takeRows(parts.validation, positions);
      return lossesOf(of.probabilities(judged.matrix), judged.labels, classes);
    },
  });
  return { model, rows: rowsIn(window), chosen: imported ? null : chosen };
}

async function tuned(
  job: TrainingJob,
  rows: WindowRows,
  parameters: ReadonlyMap<string, string>,
  trainer: Trainer,
  report: Report,
): Promise<{ model: TrainedModel; tuning: Tuning }> {
  const { definition, backend } = job;
  const { validation } = rows.parts;
  const trials = job.tune ?? 0;
  if (validation.matrix.rows === 0)
    throw new TrainingFailure(
      'train',
      `There is nothing to tune "${definition.name}" on: its validation part is empty.`,
      'Train without --tune, or give split.shares a validation part.',
    );
  const placeOfTrial = (number: number) => ({ part: number - 1, of: trials });
  let best = '';
  return tune(
    trainable(backend),
    parameters,
    { count: trials, seed: definition.seed },
    {
      labels: validation.labels,
      classes: classesOf(definition).length,
      train: ({ number, parameters: drawn }) =>
        trainer(rows, drawn, (share, message) =>
          report('train', progressOf(share, placeOfTrial(number)), `trial ${number} of ${trials}: ${message}${best}`),
        ),
      done: async ({ number }, loss, least) => {
        best = `; best so far ${least.toFixed(4)}`;
        await report(
          'train',
          progressOf(1, placeOfTrial(number)),
          `trial ${number} of ${trials}: log-loss ${loss.toFixed(4)}${best}`,
        );
      },
    },
  );
}

/** Trains one setting of the parameters on the rows of a window. */
function trainerOf(job: TrainingJob, { imported, encoders }: Lesson, rounds: number): Trainer {
  const { definition, threads } = job;
  const classes = classesOf(definition).length;
  const backend = imported
    ? new ImportedBackend(imported, job.library, matrixColumns(definition, encoders))
    : openBackend(trainable(job.backend), job.library);
  return ({ parts: { train, validation }, weights }, parameters, onRound) =>
    backend.train({
      train,
      weights: product(
        definition.class_weights === 'balanced' ? balancedWeights(train.labels, classes) : null,
        weights,
      ),
      validation: validation.matrix.rows > 0 ? validation : null,
      classes,
      rounds,
      earlyStoppingRounds: definition.early_stopping_rounds,
      parameters,
      seed: definition.seed,
      threads,
      onRound: async (done, loss) => {
        await onRound(done / rounds, roundOf(done, rounds, loss));
      },
    });
}

function product(a: Float32Array | null, b: Float32Array | null): Float32Array | null {
  if (a === null || b === null) return a ?? b;
  return a.map((weight, row) => weight * (b[row] ?? 1));
}
