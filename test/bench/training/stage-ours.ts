/** The training stage alone, in a process of its own as the trainer runs it: a matrix in a file in, seconds out. */
import { readFileSync, writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import type { Matrix } from '#models/native/matrix';
import { openBackend } from '#models/training/backends/open-backend';
import { StageTask } from './stage-task.js';

function floats(path: string): Float32Array {
  const bytes = readFileSync(path);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

const task = StageTask.parse(JSON.parse(process.argv[2] ?? ''));
const matrix = (path: string, rows: number): Matrix => ({ rows, columns: task.columns, values: floats(path) });
const train = { matrix: matrix(task.train, task.rows), labels: floats(task.labels) };
const validation = {
  matrix: matrix(task.validation, task.validation_rows),
  labels: floats(task.validation_labels),
};
const backend = openBackend(task.backend, task.library);
const began = performance.now();
const model = await backend.train({
  train,
  validation,
  weights: null,
  classes: 2,
  rounds: task.rounds,
  earlyStoppingRounds: 0,
  parameters: new Map(
    task.backend === 'random-forest'
      ? []
      : [
          ['max_depth', String(task.max_depth)],
          ['learning_rate', String(task.learning_rate)],
        ],
  ),
  seed: 42,
  threads: task.threads,
  onRound: async () => undefined,
});
const seconds = (performance.now() - began) / 1000;
writeFileSync(task.out, model.file);
const answers = model.probabilitiesOf('validation').filter((_, i) => i % 2 === 1);
writeFileSync(`${task.out}.answers`, new Uint8Array(answers.buffer));
process.stdout.write(`${JSON.stringify({ seconds })}\n`, () => process.exit(0));
