/** A figure or a ratio that a benchmark gives, and what is wanted of it. */
export interface Comparison {
  /** Of the benchmark that measures it. */
  readonly benchmark: string;
  /** Below `ratios` or `figures` of its result. */
  readonly name: string;
  readonly what: string;
  readonly unit: '×' | 'ms' | 's' | 'MiB' | '% of a core' | 'requests';
  /** What is wanted: at least, or at most. */
  readonly wanted: readonly ['≥' | '≤', number];
}

const of =
  (benchmark: string) =>
  (name: string, what: string, wanted: Comparison['wanted'], unit: Comparison['unit'] = '×'): Comparison => ({
    benchmark,
    name,
    what,
    unit,
    wanted,
  });

const serving = of('serving');
const ingest = of('ingest');
const training = of('training');
const swap = of('swap');
const idle = of('idle');

/** What docs/performance.md shows and `npm run bench -- all` prints, in this order. Ratios are between contestants of one run. */
export const COMPARISONS: readonly Comparison[] = [
  serving('vs_mlserver', 'single rows a second, of MLServer', ['≥', 24]),
  serving('vs_mlserver_logging', 'decisions a second, every one logged to Kafka, of MLServer (which logs none)', [
    '≥',
    20,
  ]),
  serving('of_bare_fastify', 'single rows a second, of a bare Fastify that echoes the same bytes', ['≥', 0.7]),
  serving('p99_vs_mlserver_logging', '99th percentile of logged decisions, of MLServer’s', ['≤', 0.15]),
  serving('logging_vs_off', 'decisions a second with logging, of those without', ['≥', 0.85]),
  serving('logging_p99_vs_off', '99th percentile of decisions with logging, of those without', ['≤', 1.5]),
  serving('batch_vs_mlserver', 'batches of 100 rows as JSON, of MLServer', ['≥', 3]),
  serving('binary_batch_vs_mlserver', 'binary batches of 100 rows, of MLServer’s JSON', ['≥', 6]),
  serving('binary_batch_vs_mlserver_grpc', 'binary batches of 100 rows, of MLServer’s gRPC', ['≥', 3]),
  serving('large_of_inplace_predict', 'binary batches of 10,000 rows, of XGBoost’s inplace_predict', ['≥', 0.5]),
  ingest('vs_kafka_connect', 'outcomes stored a second, of Kafka Connect with the Debezium JDBC sink', ['≥', 2]),
  ingest('of_raw_copy', 'outcomes stored a second, of one raw COPY of the same rows', ['≥', 0.42]),
  ingest('fold_of_ingest', 'outcomes folded into the dataset a second, of those stored', ['≥', 0.8]),
  ingest('peak_memory_mib', 'memory of feedback-ingest with two million messages waiting', ['≤', 400], 'MiB'),
  training('pipeline_vs_pandas', 'time of a run, of a pandas script on a flat table', ['≤', 0.7]),
  training('pipeline_vs_polars', 'time of a run, of a polars script on the same table', ['≤', 0.95]),
  training('peak_memory_vs_pandas', 'memory of a run, of the pandas script', ['≤', 0.6]),
  training('peak_memory_vs_polars', 'memory of a run, of the polars script', ['≤', 0.9]),
  swap(
    'command_to_all_swapped_ms_p50',
    'from a command on Kafka until four instances have swapped, median',
    ['≤', 30],
    'ms',
  ),
  swap('command_to_all_swapped_ms_p99', 'the same, 99th percentile', ['≤', 100], 'ms'),
  swap('failed_requests', 'requests that failed meanwhile', ['≤', 0], 'requests'),
  swap('wrong_version_responses', 'answers of a version that was taken back', ['≤', 0], 'requests'),
  idle('second_start_s', 'a second start of everything by `npm start`', ['≤', 8], 's'),
  idle('memory_mib', 'memory of all its processes without traffic', ['≤', 900], 'MiB'),
  idle('cpu_percent_of_one_core', 'processor time of all its processes without traffic', ['≤', 3], '% of a core'),
];

/** What `npm run bench -- all` runs. */
export const COMPARED: readonly string[] = [...new Set(COMPARISONS.map(({ benchmark }) => benchmark))];
