import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { startStack } from '../stack/stack.js';
import { measureInstances } from './capacity/instances.js';
import { ACTIONS, featureNames, MODEL } from './capacity/messages.js';
import { measureRuns } from './capacity/runs.js';
import { measureTasks } from './capacity/storage.js';
import { DEFINITION } from './training/rows.js';

const TASKS = Number(process.env.BENCH_TASKS || 100_000);
const INSTANCES = Number(process.env.BENCH_INSTANCES || 200);
const SECONDS = Number(process.env.BENCH_SECONDS || 60);
const ROWS = Number(process.env.BENCH_ROWS || 1_000_000);
/** Two widths make a line: what a row costs, and what each of its features adds. */
const WIDTHS = [5, 25];

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/**
 * What `ratchet plan` counts with and no other benchmark measures: the bytes that a task leaves in Postgres and Kafka, narrow and wide, decided by
 * serving or told with features of its own; what an instance costs the registry; memory and time of a training row and a
 * holdout row. Mostly bytes and counts, which a busy machine does not change; processor time rather than time.
 */
export async function run() {
  const folder = mkdtempSync(join(tmpdir(), 'ratchet-bench-models-'));
  const models = join(folder, 'models');
  mkdirSync(models);
  const sized = {
    ...DEFINITION,
    name: MODEL,
    actions: ACTIONS,
    features: featureNames(Math.max(...WIDTHS)).map((name, i) => ({
      name,
      kind: ['numeric', 'numeric', 'boolean', 'categorical', 'numeric'][i % 5],
    })),
  };
  for (const definition of [sized, DEFINITION])
    writeFileSync(join(models, `${definition.name}.yaml`), stringify(definition));
  const env = { MODELS_DIR: models, SCHEDULE_POLL_MS: '3600000', LOG_LEVEL: 'warn' };
  const stack = await startStack({ services: ['registry', 'feedback-ingest'], env: { '*': env } });
  try {
    const figures: Record<string, number> = {};
    for (const decided of [true, false])
      for (const features of WIDTHS) {
        say(`${TASKS} tasks of ${features} features, ${decided ? 'decided by serving' : 'told with their features'}`);
        const name = `${decided ? 'decided' : 'told'}_${features}`;
        for (const [what, bytes] of Object.entries(await measureTasks(stack, { features, tasks: TASKS, decided })))
          figures[`${name}_${what}`] = bytes;
      }
    await stack.halt('feedback-ingest');
    say(`the registry with 0 and ${INSTANCES} instances, ${SECONDS} s each`);
    Object.assign(figures, await measureInstances(stack, INSTANCES, SECONDS));
    await Promise.all([stack.resume('trainer'), stack.resume('evaluator')]);
    say(`runs of ${ROWS / 5} and ${ROWS} rows`);
    Object.assign(figures, await measureRuns(stack, ROWS / 5, ROWS));
    return {
      name: 'capacity',
      figures,
      description:
        'bytes a task, with indexes; decided: a prediction with the features, then an outcome; told: an outcome with the features; _log_bytes: in the segments of the topic, compressed as our producers do',
      tasks: TASKS,
      widths: WIDTHS,
      instances: INSTANCES,
      rows: ROWS,
    };
  } finally {
    await stack.stop();
    rmSync(folder, { recursive: true });
  }
}
