import { describe, expect, it, vi } from 'vitest';
import { seededRandom } from '#domain/statistics/random';
import { readTrees } from '../../evaluators/reading/trees-json.js';
import { ForestEvaluator } from '../../evaluators/walks/forest-evaluator.js';
import type { LabelledMatrix } from '../matrices.js';
import { TrainingFailure } from '../process/failure.js';
import { Answers } from '../reference.js';
import type { TrainedModel, TrainingBackend, TrainingTask } from './backend.js';
import { MlRandomForestBackend } from './ml-random-forest.js';
import { MlXgboostBackend } from './ml-xgboost.js';

// Whole trainings: seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const COLUMNS = 4;

/** What class a row has follows from the first two columns; -1 and missing are values that the libraries treat in ways of their own. */
function rowsOf(rows: number, classes: number, seed: number): LabelledMatrix {
  const random = seededRandom(seed);
  const values = new Float32Array(rows * COLUMNS);
  const labels = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const first = random() < 0.2 ? Number.NaN : random() * 10;
    const second = random() < 0.3 ? -1 : random() < 0.5 ? -0.5 : random();
    const noise = random() < 0.05;
    labels[row] = noise ? 0 : Math.floor((Number.isNaN(first) ? 0.99 : first / 10) * classes) % classes;
    if (second === -1) labels[row] = classes - 1;
    for (const [column, value] of [first, second, random(), row % 3].entries()) values[row * COLUMNS + column] = value;
  }
  return { matrix: { rows, columns: COLUMNS, values }, labels };
}

function taskOf(classes: number, changes: Partial<TrainingTask> = {}): TrainingTask {
  return {
    train: rowsOf(300, classes, 1),
    weights: null,
    validation: rowsOf(150, classes, 2),
    classes,
    rounds: 12,
    earlyStoppingRounds: 0,
    parameters: new Map([['max_depth', '5']]),
    seed: 42,
    threads: 1,
    onRound: async () => undefined,
    ...changes,
  };
}

/** The file as serving reads it, on a part. */
function served(model: TrainedModel, { matrix }: LabelledMatrix, classes: number): Float64Array {
  const evaluator = new ForestEvaluator(
    readTrees(model.file).forest,
    Array.from({ length: classes }, (_, c) => String(c)),
  );
  return evaluator.predict(matrix.values, matrix.rows);
}

const furthest = (a: Float64Array, b: Float64Array): number =>
  a.length === b.length ? a.reduce((most, p, i) => Math.max(most, Math.abs(p - (b[i] ?? 1))), 0) : Number.NaN;

const BACKENDS: [string, TrainingBackend][] = [
  ['ml-random-forest', new MlRandomForestBackend()],
  ['ml-xgboost', new MlXgboostBackend()],
];

describe.each(BACKENDS)('%s', (name, backend) => {
  it.each([2, 3])('learns %i classes, and serving answers what the library answered', async (classes) => {
    const task = taskOf(classes);
    const model = await backend.train(task);
    expect(model.rounds).toBe(12);
    const said = model.probabilitiesOf('validation');
    const validation = task.validation ?? task.train;
    expect(furthest(served(model, validation, classes), said)).toBeLessThan(1e-6);
    expect(new Answers(classes).add(said, validation.labels).accuracy).toBeGreaterThan(0.8);
    expect(model.gain[0]).toBeGreaterThan(model.gain[2] ?? 0);
    expect(model.warnings[0]).toContain(`Trained by ${name}`);

    const again = await backend.train(task);
    expect(again.file.equals(model.file)).toBe(true);
    model.free();
    again.free();
  });

  it('warns of a parameter that it does not know', async () => {
    const model = await backend.train(taskOf(2, { parameters: new Map([['num_leaves', '31']]) }));
    expect(model.warnings).toContainEqual(expect.stringContaining('num_leaves'));
    model.free();
  });

  it('refuses more rows than it can take, and says what to do', async () => {
    const failure = await backend.train(taskOf(2, { train: rowsOf(10_001, 2, 3) })).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TrainingFailure);
    expect(failure).toMatchObject({
      reason: expect.stringMatching(/at most [0-9]+ training rows .* there are 10001/),
      remedy: expect.stringContaining('random-forest'),
    });
  });
});

describe('ml-xgboost', () => {
  it('keeps the rounds that early stopping would have kept', async () => {
    const rounds = 60;
    const parameters = new Map([['learning_rate', '1.5']]);
    const early = await new MlXgboostBackend().train(taskOf(2, { rounds, parameters, earlyStoppingRounds: 5 }));
    expect(early.rounds).toBeLessThan(rounds);
    const full = await new MlXgboostBackend().train(taskOf(2, { rounds: early.rounds, parameters }));
    expect(early.file.equals(full.file)).toBe(true);
    early.free();
    full.free();
  });

  it('gives rows of the rarer class the weight that makes classes equal', async () => {
    const train = rowsOf(300, 2, 1);
    const weights = train.labels.map((label) => (label === 1 ? 4 : 1));
    const mean = async (task: TrainingTask): Promise<number> => {
      const model = await new MlXgboostBackend().train(task);
      const said = model.probabilitiesOf('validation').filter((_, i) => i % 2 === 1);
      model.free();
      return said.reduce((sum, p) => sum + p, 0) / said.length;
    };
    expect(await mean(taskOf(2, { train, weights }))).toBeGreaterThan(await mean(taskOf(2, { train })));
  });
});
