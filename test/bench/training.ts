import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { stringify } from 'yaml';
import { fetchArtifacts } from '../../deploy/local/fetch/artifacts.js';
import { DEFAULT_HOME } from '../../deploy/local/repository.js';
import { pythonWith, TREE_LIBRARIES } from '../conformance/python.js';
import { startStack } from '../stack/stack.js';
import { machineSpeed } from './load/machine-speed.js';
import { type Spread, spreadOf } from './load/rounds.js';
import { fillDatabase, type PipelineRun, runOurs, runPython, type Shares, touchOneRow } from './training/pipeline.js';
import { DEFINITION } from './training/rows.js';
import { differenceInPython, stageTask, trainOurs, trainPython, writeMatrix } from './training/stage.js';

const ROWS = Number(process.env.BENCH_ROWS || 1_000_000);
const STAGE_ROWS = Number(process.env.BENCH_STAGE_ROWS || 200_000);
const ROUNDS = Number(process.env.BENCH_ROUNDS || 5);
/** With more running than this, a time says more about the neighbours than about the programs. */
const QUIET_LOAD = 3;

/** All of it takes eight minutes on two quiet cores. When it has taken longer than this, no further round begins. */
const BUDGET_MS = 9 * 60_000;
const began = performance.now();
const hasTime = (): boolean => performance.now() - began < BUDGET_MS;

/** What is promised; lower is better. */
const AT_MOST = {
  train_vs_python: 1.25,
  pipeline_vs_pandas: 0.7,
  pipeline_vs_polars: 0.95,
  peak_memory_vs_pandas: 0.6,
  peak_memory_vs_polars: 0.9,
};

const PANDAS = ['pandas==2.3.3', 'scikit-learn==1.7.2', 'sqlalchemy==2.0.44', 'psycopg2-binary==2.9.11'];
const POLARS = ['polars==1.35.2', 'adbc-driver-postgresql==1.9.0', 'pyarrow==21.0.0'];

/** Of a run of ours: what the trainer does, and the evaluator. */
const PARTS = ['snapshot', 'prepare', 'train', 'package', 'judge'];

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
 * the verdict, against a pandas script that reads a flat table of the same rows, and a polars script that reads the table that
 * we train on. Medians of BENCH_ROUNDS; `spread` says between what the rounds lay.
 */
export async function run() {
  await fetchArtifacts(DEFAULT_HOME);
  say('making the venv');
  const python = await pythonWith([...TREE_LIBRARIES, ...PANDAS, ...POLARS], 'venv');
  noteLoad();
  const speeds = [machineSpeed()];
  const stage = await measureStage(python);
  const pipeline = await measurePipeline(python);
  speeds.push(machineSpeed());
  const notes = [
    'train: a matrix of 30 float32 columns in memory, 200 rounds, evaluation of 20 % further rows after every round.',
    'pipeline: ours reads JSON features of feedback.training_rows, polars the same rows by ADBC, pandas a flat table without JSON; ours also freezes the snapshot, writes reference and golden predictions, verifies the package and judges by bootstrap.',
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
  const { rounds, spread } = pipeline;
  measured.figures.machine_million_turns_per_second = Math.max(...speeds);
  return { name: 'training', rows: ROWS, stage_rows: STAGE_ROWS, rounds, ...measured, spread, notes };
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

async function measurePipeline(
  python: string,
): Promise<Measured & { readonly rounds: number; readonly spread: Record<string, number[]> }> {
  const folder = mkdtempSync(join(tmpdir(), 'ratchet-bench-models-'));
  const models = join(folder, 'models');
  mkdirSync(models);
  writeFileSync(join(models, 'bench.yaml'), stringify(DEFINITION));
  const env = { MODELS_DIR: models, SCHEDULE_POLL_MS: '3600000', LOG_LEVEL: 'warn' };
  const stack = await startStack({ services: ['trainer', 'evaluator'], env: { '*': env } });
  try {
    say(`writing ${ROWS} rows`);
    await fillDatabase(stack, ROWS);
    const runs = { ours: [] as PipelineRun[], pandas: [] as PipelineRun[], polars: [] as PipelineRun[] };
    const parts: Shares[] = [];
    for (let round = 0; round < ROUNDS && (round === 0 || hasTime()); round++) {
      noteLoad();
      await touchOneRow(stack);
      const { shares, ...ours } = await runOurs(stack);
      runs.ours.push(ours);
      parts.push(shares);
      say(`pipeline: of ours ${JSON.stringify(shares)}`);
      runs.pandas.push(await runPython(python, 'flat', stack.databaseUrl));
      runs.polars.push(await runPython(python, 'polars', stack.databaseUrl));
      for (const [name, all] of Object.entries(runs)) say(`pipeline: ${name} ${JSON.stringify(all.at(-1))}`);
    }
    const of = (name: keyof typeof runs, what: keyof PipelineRun): number => median(runs[name].map((run) => run[what]));
    const ratio = (what: keyof PipelineRun, to: 'pandas' | 'polars'): Spread =>
      spreadOf(runs.ours.map((run, round) => run[what] / (runs[to][round]?.[what] ?? Number.NaN)));
    const ratios = {
      pipeline_vs_pandas: ratio('seconds', 'pandas'),
      pipeline_vs_polars: ratio('seconds', 'polars'),
      peak_memory_vs_pandas: ratio('mebibytes', 'pandas'),
      peak_memory_vs_polars: ratio('mebibytes', 'polars'),
    };
    return {
      rounds: runs.ours.length,
      ratios: Object.fromEntries(Object.entries(ratios).map(([name, { median }]) => [name, median])),
      spread: Object.fromEntries(Object.entries(ratios).map(([name, { low, high }]) => [name, [low, high]])),
      figures: {
        pipeline_seconds: of('ours', 'seconds'),
        ...Object.fromEntries(
          PARTS.map((part) => [`pipeline_${part}_seconds`, median(parts.map((shares) => shares[part] ?? 0))]),
        ),
        pandas_seconds: of('pandas', 'seconds'),
        polars_seconds: of('polars', 'seconds'),
        peak_mebibytes: of('ours', 'mebibytes'),
        pandas_peak_mebibytes: of('pandas', 'mebibytes'),
        polars_peak_mebibytes: of('polars', 'mebibytes'),
        accuracy: of('ours', 'accuracy'),
        pandas_accuracy: of('pandas', 'accuracy'),
        polars_accuracy: of('polars', 'accuracy'),
      },
    };
  } finally {
    await stack.stop();
    rmSync(folder, { recursive: true });
  }
}
