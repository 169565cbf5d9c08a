import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { stringify } from 'yaml';
import { fetchArtifacts } from '../../deploy/local/artifacts.js';
import { DEFAULT_HOME } from '../../deploy/local/repository.js';
import { pythonWith, TREE_LIBRARIES } from '../conformance/python.js';
import { startStack } from '../stack/stack.js';
import { fillDatabase, type PipelineRun, runOurs, runPandas, touchOneRow } from './training/pipeline.js';
import { DEFINITION } from './training/rows.js';
import { differenceInPython, stageTask, trainOurs, trainPython, writeMatrix } from './training/stage.js';

const ROWS = Number(process.env.BENCH_ROWS || 1_000_000);
const STAGE_ROWS = Number(process.env.BENCH_STAGE_ROWS || 200_000);
const ROUNDS = Number(process.env.BENCH_ROUNDS || 3);
/** With more running than this, a time says more about the neighbours than about the programs. */
const QUIET_LOAD = 3;

/** All of it takes six minutes on two quiet cores. When it has taken longer than this, no further round begins. */
const BUDGET_MS = 9 * 60_000;
const began = performance.now();
const hasTime = (): boolean => performance.now() - began < BUDGET_MS;

/** What is promised; lower is better. */
const AT_MOST = { train_vs_python: 1.25, pipeline_vs_pandas: 0.9, peak_memory_vs_pandas: 0.6 };

const PANDAS = ['pandas==2.3.3', 'scikit-learn==1.7.2', 'sqlalchemy==2.0.44', 'psycopg2-binary==2.9.11'];

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Highest load of the machine when something was measured, beside what is measured. */
let highestLoad = 0;
function noteLoad(): void {
  highestLoad = Math.max(highestLoad, loadavg()[0] ?? 0);
}

/**
 * The training stage against Python with the same matrix and parameters, in turns; then the whole run, from the request to
 * the verdict, against a pandas script that reads a flat table of the same rows. Medians of BENCH_ROUNDS.
 */
export async function run() {
  await fetchArtifacts(DEFAULT_HOME);
  say('making the venv');
  const python = await pythonWith([...TREE_LIBRARIES, ...PANDAS], 'venv');
  noteLoad();
  const stage = await measureStage(python);
  const pipeline = await measurePipeline(python);
  const notes = [
    'train: a matrix of 30 float32 columns in memory, 200 rounds, evaluation of 20 % further rows after every round.',
    'pipeline: ours reads JSON features of feedback.training_rows, pandas a flat table without JSON; ours also freezes the snapshot, writes reference and golden predictions, verifies the package and judges by bootstrap.',
    'pipeline: a row changes before every run of ours, so that none uses the snapshot of the one before.',
    'memory: highest sum of the resident memory of trainer, training process and evaluator, against that of the one Python process.',
    ...(highestLoad > QUIET_LOAD
      ? [
          `NOT MEASURED QUIETLY: the load was up to ${highestLoad.toFixed(1)} at the start of a measurement; run it again.`,
        ]
      : []),
  ];
  const measured = merged(stage, pipeline);
  for (const [name, limit] of Object.entries(AT_MOST)) sayRatio(name, measured.ratios[name], limit);
  return { name: 'training', rows: ROWS, stage_rows: STAGE_ROWS, rounds: pipeline.rounds, ...measured, notes };
}

function sayRatio(name: string, ratio: number | Record<string, number> | undefined, limit: number): void {
  for (const [of, value] of Object.entries(typeof ratio === 'object' ? ratio : { '': ratio ?? Number.NaN }))
    say(`${`${name} ${of}`.trim()}: ${value.toFixed(3)}, ${value <= limit ? 'within' : 'ABOVE'} ${limit}`);
}

interface Measured {
  readonly ratios: Record<string, number | Record<string, number>>;
  readonly figures: Record<string, number>;
}

const merged = (a: Measured, b: Measured): Measured => ({
  ratios: { ...a.ratios, ...b.ratios },
  figures: { ...a.figures, ...b.figures },
});

async function measureStage(python: string): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'ratchet-bench-training-'));
  try {
    const shared = writeMatrix(folder, STAGE_ROWS);
    const figures: Record<string, number> = {};
    const ratios: Record<string, number> = {};
    let difference = 0;
    for (const backend of ['xgboost', 'lightgbm'] as const) {
      const task = stageTask(shared, backend, folder);
      const ours: number[] = [];
      const theirs: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        noteLoad();
        ours.push(await trainOurs(task));
        theirs.push(await trainPython(python, task));
        say(`${backend}: ours ${ours.at(-1)?.toFixed(2)} s, Python ${theirs.at(-1)?.toFixed(2)} s`);
      }
      figures[`${backend}_seconds`] = median(ours);
      figures[`${backend}_python_seconds`] = median(theirs);
      ratios[backend] = median(ours) / median(theirs);
      difference = Math.max(difference, await differenceInPython(python, task));
    }
    figures['random-forest_seconds'] = await trainOurs(stageTask(shared, 'random-forest', folder));
    figures.max_abs_prediction_difference = difference;
    return { ratios: { train_vs_python: ratios }, figures };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measurePipeline(python: string): Promise<Measured & { readonly rounds: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'ratchet-bench-models-'));
  const models = join(folder, 'models');
  mkdirSync(models);
  writeFileSync(join(models, 'bench.yaml'), stringify(DEFINITION));
  const env = { MODELS_DIR: models, SCHEDULE_POLL_MS: '3600000', LOG_LEVEL: 'warn' };
  const stack = await startStack({ services: ['trainer', 'evaluator'], env: { '*': env } });
  try {
    say(`writing ${ROWS} rows`);
    await fillDatabase(stack, ROWS);
    const ours: PipelineRun[] = [];
    const theirs: PipelineRun[] = [];
    for (let round = 0; round < ROUNDS && (round === 0 || hasTime()); round++) {
      noteLoad();
      await touchOneRow(stack);
      ours.push(await runOurs(stack));
      theirs.push(await runPandas(python, stack.databaseUrl));
      say(`pipeline: ours ${JSON.stringify(ours.at(-1))}, pandas ${JSON.stringify(theirs.at(-1))}`);
    }
    const of = (runs: readonly PipelineRun[], what: keyof PipelineRun): number =>
      median(runs.map((each) => each[what]));
    return {
      rounds: ours.length,
      ratios: {
        pipeline_vs_pandas: of(ours, 'seconds') / of(theirs, 'seconds'),
        peak_memory_vs_pandas: of(ours, 'mebibytes') / of(theirs, 'mebibytes'),
      },
      figures: {
        pipeline_seconds: of(ours, 'seconds'),
        pandas_seconds: of(theirs, 'seconds'),
        peak_mebibytes: of(ours, 'mebibytes'),
        pandas_peak_mebibytes: of(theirs, 'mebibytes'),
        accuracy: of(ours, 'accuracy'),
        pandas_accuracy: of(theirs, 'accuracy'),
      },
    };
  } finally {
    await stack.stop();
    rmSync(folder, { recursive: true });
  }
}
