import type { ChosenWindow, Encoder, Tuning } from '#contracts/model-package';
import { classesOf, matrixColumns } from '#domain/encoding/columns';
import { chooseWindow, looksOutdated, newestRows } from '#domain/training/window-choice';
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
import { lossesOf, rowsOf, takeRows, type WindowRows } from './rows/window-rows.js';
import { tune } from './tuning/tune.js';

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

/** Where in the whole run training begins, and the share of it that training takes. */
const TRAINING = { from: 0.3, share: 0.6 };

const GIVEN = 'The definition says so.';
const NO_CHOICE = 'There is no other window with rows enough.';

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
      chosen: described(rows, isAuto(job) ? NO_CHOICE : GIVEN, 0, []),
      ...(await tuned(job, rows, own.parameters, trainer, report)),
    };
  }
  const first = await inBestWindow(job, lesson, report, (rows, onRound) => trainer(rows, own.parameters, onRound));
  if (job.tune === null) return { ...first, tuning: null };
  first.model.free();
  return { ...first, ...(await tuned(job, first.rows, own.parameters, trainer, report)) };
}

const isAuto = ({ definition }: TrainingJob): boolean => definition.training_window === 'auto';

type InWindow = (rows: WindowRows, onRound: OnRound) => Promise<TrainedModel>;

async function inBestWindow(
  job: TrainingJob,
  { parts, windows, imported }: Lesson,
  report: Report,
  train: InWindow,
): Promise<Omit<Learnt, 'tuning'>> {
  const { definition, backend } = job;
  const candidates = windows.map((window) =>
    rowsOf(window, parts, { weighs: weighsRows(backend), seed: definition.seed }),
  );
  const [rows, ...others] = candidates;
  if (rows === undefined) throw new RangeError('there is no window to learn from');
  const say =
    (part: number, name: string): OnRound =>
    (share, message) =>
      report(
        'train',
        TRAINING.from + (TRAINING.share * (part + share)) / candidates.length,
        candidates.length > 1 ? `rows ${name}: ${message}` : message,
      );
  const model = await train(rows, say(0, rows.window.name));
  const settled = (reason: string): Omit<Learnt, 'tuning'> => ({
    model,
    rows,
    chosen: imported ? null : described(rows, reason, 0, []),
  });
  if (!isAuto(job)) return settled(GIVEN);
  const onsets = job.onsets.map(Date.parse);
  const newest = newestRows(parts.validation.times, onsets);
  if (others.length === 0) return settled(NO_CHOICE);
  if (newest.length === 0) return settled('There are too few validation rows to compare windows on.');
  const classes = classesOf(definition).length;
  const judged = takeRows(parts.validation, newest);
  const lossOf = (of: TrainedModel) => lossesOf(of.probabilities(judged.matrix), judged.labels, classes);
  const overall = lossesOf(model.probabilitiesOf('validation'), parts.validation.labels, classes);
  if (onsets.length === 0 && !looksOutdated(overall, newest))
    return settled(`It foresees the ${newest.length} newest validation rows as well as the older ones.`);

  let best = { model, rows };
  const losses = [lossOf(model)];
  for (const [i, other] of others.entries()) {
    const candidate = await train(other, say(i + 1, other.window.name));
    losses.push(lossOf(candidate));
    if (chooseWindow(losses) === losses.length - 1) {
      best.model.free();
      best = { model: candidate, rows: other };
    } else candidate.free();
  }
  const compared = candidates.map((candidate, i) => ({ ...placeOf(candidate), loss: meanOf(losses[i]) }));
  const reason =
    best.rows === rows
      ? `No other window foresees the ${newest.length} newest validation rows better for sure.`
      : `It foresees the ${newest.length} newest validation rows better: log-loss ${meanOf(losses[candidates.indexOf(best.rows)]).toFixed(4)} instead of ${meanOf(losses[0]).toFixed(4)}.`;
  return { ...best, chosen: described(best.rows, reason, newest.length, compared) };
}

const meanOf = (values: Float64Array | undefined): number =>
  values === undefined ? Number.NaN : values.reduce((sum, value) => sum + value, 0) / values.length;

const placeOf = ({ window: { name, from }, parts }: WindowRows) => ({
  name,
  from: from === null ? null : new Date(from).toISOString(),
  rows: parts.train.matrix.rows,
});

const described = (
  rows: WindowRows,
  reason: string,
  compared_on: number,
  candidates: ChosenWindow['candidates'],
): ChosenWindow => ({ ...placeOf(rows), reason, compared_on, candidates });

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
  const step = TRAINING.share / trials;
  const startOf = (number: number): number => TRAINING.from + step * (number - 1);
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
          report('train', startOf(number) + step * share, `trial ${number} of ${trials}: ${message}${best}`),
        ),
      done: async ({ number }, loss, least) => {
        best = `; best so far ${least.toFixed(4)}`;
        await report('train', startOf(number + 1), `trial ${number} of ${trials}: log-loss ${loss.toFixed(4)}${best}`);
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
        const tail = loss === null ? '' : `, validation log-loss ${loss.toFixed(4)}`;
        await onRound(done / rounds, `round ${done} of ${rounds}${tail}`);
      },
    });
}

function product(a: Float32Array | null, b: Float32Array | null): Float32Array | null {
  if (a === null || b === null) return a ?? b;
  return a.map((weight, row) => weight * (b[row] ?? 1));
}
