import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { describeBackend } from '#contracts/backends';
import { seededRandom } from '#domain/statistics/random';
import { locateLibrary } from '#models/native/locate';
import { waitingOfThreads } from '#models/training/process/training-process';
import { DEFAULT_HOME, REPOSITORY } from '../../../deploy/local/repository.js';
import { PARAMETERS } from './rows.js';
import type { StageTask } from './stage-task.js';

const execute = promisify(execFile);
const COLUMNS = 30;
/** A training that takes longer has gone wrong. */
const LONGEST_MS = 120_000;
const Said = z.object({ seconds: z.number() });

/** A matrix with missing values and labels that depend on some of its columns, in files for both sides. */
export function writeMatrix(folder: string, rows: number): Omit<StageTask, 'backend' | 'library' | 'out' | 'predict'> {
  const random = seededRandom(7);
  const part = (name: string, count: number): { values: string; labels: string } => {
    const values = new Float32Array(count * COLUMNS);
    const labels = new Float32Array(count);
    for (let row = 0; row < count; row++) {
      for (let column = 0; column < COLUMNS; column++)
        values[row * COLUMNS + column] = column % 5 === 4 && random() < 0.1 ? Number.NaN : random() * 10;
      const at = (column: number): number => values[row * COLUMNS + column] ?? 0;
      labels[row] = at(0) + at(1) * at(2) * 0.1 + random() * 5 > 11 ? 1 : 0;
    }
    const paths = { values: join(folder, `${name}.f32`), labels: join(folder, `${name}.labels.f32`) };
    writeFileSync(paths.values, new Uint8Array(values.buffer));
    writeFileSync(paths.labels, new Uint8Array(labels.buffer));
    return paths;
  };
  const train = part('train', rows);
  const validation = part('validation', Math.floor(rows / 5));
  return {
    train: train.values,
    labels: train.labels,
    validation: validation.values,
    validation_labels: validation.labels,
    rows,
    validation_rows: Math.floor(rows / 5),
    columns: COLUMNS,
    ...PARAMETERS,
    threads: availableParallelism(),
  };
}

export const stageTask = (
  shared: ReturnType<typeof writeMatrix>,
  backend: 'xgboost' | 'lightgbm' | 'random-forest',
  folder: string,
): StageTask => ({
  ...shared,
  backend,
  rounds: backend === 'random-forest' ? 100 : shared.rounds,
  library: locateLibrary(describeBackend(backend).library ?? 'xgboost', { env: process.env, home: DEFAULT_HOME }),
  out: join(folder, backend === 'lightgbm' ? 'ours.lgbm.txt' : 'ours.xgb.json'),
  predict: '',
});

/** Seconds of our training stage, which leaves its model and answers in `task.out`. */
export async function trainOurs(task: StageTask): Promise<number> {
  const script = fileURLToPath(new URL('./stage-ours.js', import.meta.url));
  const { stdout } = await execute(process.execPath, [script, JSON.stringify(task)], {
    timeout: LONGEST_MS,
    env: {
      ...process.env,
      OMP_NUM_THREADS: String(task.threads),
      ...waitingOfThreads(process.env),
    },
  });
  return Said.parse(JSON.parse(stdout)).seconds;
}

async function python(interpreter: string, task: StageTask): Promise<number> {
  const script = join(REPOSITORY, 'test/bench/training/stage.py');
  const { stdout } = await execute(interpreter, [script, JSON.stringify(task)], { timeout: LONGEST_MS });
  return Said.parse(JSON.parse(stdout)).seconds;
}

/** Seconds of the same training in Python. */
export const trainPython = (interpreter: string, task: StageTask): Promise<number> => python(interpreter, task);

/** Largest difference between what our model said here and what its file says in Python. */
export async function differenceInPython(interpreter: string, task: StageTask): Promise<number> {
  const out = `${task.out}.python`;
  await python(interpreter, { ...task, predict: task.out, out });
  const read = (path: string): Float64Array => {
    const bytes = readFileSync(path);
    return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  };
  const theirs = read(out);
  return read(`${task.out}.answers`).reduce((most, p, i) => Math.max(most, Math.abs(p - (theirs[i] ?? 1))), 0);
}
