/**
 * What is measured of each thing that comes in numbers, and by which benchmark: `RESULT.FIGURE` is the figure of
 * `test/bench/results/RESULT.json`, which `npm run bench -- RESULT` writes. `npm run generate` puts the values into measured.ts.
 */
export interface Cost {
  readonly of: 'event' | 'prediction' | 'training row' | 'holdout row' | 'instance';
  readonly what: string;
  readonly unit: 'bytes' | 'MiB' | '/s' | 's' | 'µs' | 'ms';
  /** One figure, or that of 5 features and that of 25, between and beyond which a line is drawn. */
  readonly figure: string | readonly [narrow: string, wide: string];
}

const NARROW = 5;
const WIDE = 25;
/** Features of the rows that runs are measured with. */
export const RUN_FEATURES = 15;
/** Rows of the run whose time is measured. */
export const RUN_ROWS = 1_000_000;

const wide = (case_: 'decided' | 'told', what: string) =>
  [`capacity.${case_}_${NARROW}_${what}`, `capacity.${case_}_${WIDE}_${what}`] as const;

const costs = <Name extends string>(table: Record<Name, Cost>): Readonly<Record<Name, Cost>> => table;

export const COSTS = costs({
  storedRate: {
    of: 'event',
    what: 'messages that one feedback-ingest stores, with Kafka and Postgres on the same two cores',
    unit: '/s',
    figure: 'ingest.ours_rows_per_second',
  },
  copyRate: {
    of: 'event',
    what: 'rows that Postgres takes by one raw COPY: more than that no ingest can store in one Postgres',
    unit: '/s',
    figure: 'ingest.raw_copy_rows_per_second',
  },
  foldRate: {
    of: 'event',
    what: 'rows that are folded into the dataset, by one instance at a time',
    unit: '/s',
    figure: 'ingest.folded_rows_per_second',
  },
  event: {
    of: 'event',
    what: 'an outcome that serving decided, raw',
    unit: 'bytes',
    figure: wide('decided', 'event_bytes'),
  },
  eventWithFeatures: {
    of: 'event',
    what: 'an outcome that tells its features, raw',
    unit: 'bytes',
    figure: wide('told', 'event_bytes'),
  },
  id: { of: 'event', what: 'the id of a message', unit: 'bytes', figure: wide('told', 'ids_bytes') },
  taskDecided: {
    of: 'event',
    what: "a task's row in the dataset, decided by serving",
    unit: 'bytes',
    figure: wide('decided', 'task_bytes'),
  },
  taskTold: {
    of: 'event',
    what: "a task's row in the dataset, told with its features",
    unit: 'bytes',
    figure: wide('told', 'task_bytes'),
  },
  outcomeLog: {
    of: 'event',
    what: 'an outcome in Kafka that serving decided',
    unit: 'bytes',
    figure: wide('decided', 'outcome_log_bytes'),
  },
  outcomeLogWithFeatures: {
    of: 'event',
    what: 'an outcome in Kafka that tells its features',
    unit: 'bytes',
    figure: wide('told', 'outcome_log_bytes'),
  },
  answerRate: {
    of: 'prediction',
    what: 'decisions that one instance answers and logs, asked from the same two cores',
    unit: '/s',
    figure: 'serving.ratchet_logging_per_second',
  },
  prediction: { of: 'prediction', what: 'its raw row', unit: 'bytes', figure: wide('decided', 'prediction_bytes') },
  judgement: {
    of: 'prediction',
    what: 'the row that holds it against its outcome',
    unit: 'bytes',
    figure: wide('decided', 'judgement_bytes'),
  },
  predictionLog: {
    of: 'prediction',
    what: 'its message in Kafka',
    unit: 'bytes',
    figure: wide('decided', 'prediction_log_bytes'),
  },
  runSeconds: {
    of: 'training row',
    what: 'a million rows of 15 features from request to verdict, 200 rounds of XGBoost',
    unit: 's',
    figure: 'training.pipeline_seconds',
  },
  runBase: {
    of: 'training row',
    what: 'memory of a run before there is a row: trainer, training process, evaluator',
    unit: 'MiB',
    figure: 'capacity.run_base_mib',
  },
  runRow: {
    of: 'training row',
    what: 'memory of a row of 15 features, the evaluator included',
    unit: 'bytes',
    figure: 'capacity.run_bytes_per_row',
  },
  snapshotRow: {
    of: 'training row',
    what: 'a row of 15 features in a snapshot, as Parquet',
    unit: 'bytes',
    figure: 'capacity.snapshot_bytes_per_row',
  },
  package: {
    of: 'training row',
    what: 'a package of 200 trees, however many rows it knows',
    unit: 'bytes',
    figure: 'capacity.package_bytes',
  },
  holdoutRow: {
    of: 'holdout row',
    what: 'memory of the evaluator',
    unit: 'bytes',
    figure: 'capacity.holdout_row_bytes',
  },
  holdoutCpu: {
    of: 'holdout row',
    what: 'processor time of the evaluator',
    unit: 'µs',
    figure: 'capacity.holdout_row_cpu_us',
  },
  ingestMemory: {
    of: 'instance',
    what: 'memory of feedback-ingest at full speed',
    unit: 'MiB',
    figure: 'ingest.peak_memory_mib',
  },
  servingMemory: {
    of: 'instance',
    what: 'memory of serving over five million requests, at its most',
    unit: 'MiB',
    figure: 'serving-memory.rss_highest_mib',
  },
  registryCpu: {
    of: 'instance',
    what: 'processor time a minute of the registry, without any',
    unit: 'ms',
    figure: 'capacity.registry_cpu_ms_per_minute',
  },
  registryInstanceCpu: {
    of: 'instance',
    what: 'processor time a minute of the registry, for each serving instance',
    unit: 'ms',
    figure: 'capacity.registry_cpu_ms_per_instance_minute',
  },
});

export type CostName = keyof typeof COSTS;
/** Values by `RESULT.FIGURE`. */
export type Figures = Readonly<Record<string, number>>;

/** Every figure that the table names, once. */
export const FIGURES: readonly string[] = [...new Set(Object.values(COSTS).flatMap(({ figure }) => figure))];

const figureOf = (figures: Figures, name: string): number => {
  const value = figures[name];
  if (value === undefined) throw new Error(`${name} is not measured; run the benchmark, then "npm run generate"`);
  return value;
};

/** A cost in its unit; where it depends on the width of a row, on the line through the two that are measured, never below 0. */
export function costOf(figures: Figures, name: CostName, features: number): number {
  const { figure } = COSTS[name];
  if (typeof figure === 'string') return figureOf(figures, figure);
  const [narrow, wide] = figure.map((each) => figureOf(figures, each));
  if (narrow === undefined || wide === undefined) return Number.NaN;
  return Math.max(0, narrow + ((wide - narrow) * (features - NARROW)) / (WIDE - NARROW));
}
