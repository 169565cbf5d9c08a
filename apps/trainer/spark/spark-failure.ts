import { TrainingFailure } from '#models/training/process/failure';

/** How a job ended that has no model. */
export interface EndedJob {
  readonly master: string;
  /** Like "exit code 1" or "SIGKILL". */
  readonly how: string;
  /** The last lines that it printed. */
  readonly output: readonly string[];
  /** What it said of its end itself. */
  readonly said: { readonly error: string; readonly message: string } | null;
}

interface Cause {
  readonly sign: RegExp;
  readonly reason: (job: EndedJob, found: RegExpExecArray) => string;
  readonly remedy: string;
}

/** What Spark, Java and XGBoost print, the plainest sign first. */
const CAUSES: readonly Cause[] = [
  {
    sign: /JAVA_HOME is not set|java: (?:command )?not found|Unable to locate a Java Runtime/,
    reason: () => 'Spark found no Java on the machine of the trainer.',
    remedy: 'Install Java 17 there, or let JAVA_HOME name one.',
  },
  {
    sign: /All masters are unresponsive|Could not parse Master URL|Failed to connect to (?:the )?master|Exception when communicating with the (?:Kubernetes )?API server/i,
    reason: ({ master }) => `No Spark master answers at ${master}.`,
    remedy: 'Start it, or correct SPARK_MASTER on the trainer.',
  },
  {
    sign: /ModuleNotFoundError: No module named '(\w+)'/,
    reason: (_, [, name]) => `The Python of the Spark job has no module ${name}.`,
    remedy:
      'Let PYSPARK_PYTHON name a Python that has the packages of deploy/spark-trainer/requirements.txt, on the trainer and on every machine of the cluster.',
  },
  {
    sign: /PYTHON_VERSION_MISMATCH|Cannot run program "([^"]+)"/,
    reason: (_, [, program]) =>
      program === undefined
        ? 'Trainer and cluster have different versions of Python.'
        : `The machines of the cluster have no program ${program}.`,
    remedy: 'Let PYSPARK_PYTHON name a Python that is the same on the trainer and on every machine of the cluster.',
  },
  {
    sign: /OutOfMemoryError|exceeding (?:physical )?memory limits|OOMKilled|std::bad_alloc|MemoryError|exit(?:ed with)? (?:code|status) 137|exitStatus=137/i,
    reason: () => 'A part of the Spark job ran out of memory.',
    remedy:
      'Give executors more, by spark.executor.memory and spark.executor.memoryOverhead (XGBoost takes the latter) in SPARK_SETTINGS, or spread the rows over more SPARK_WORKERS.',
  },
  {
    sign: /Python worker exited unexpectedly/,
    reason: () => 'A Python of the Spark job was killed or crashed, most likely for lack of memory.',
    remedy:
      'Give executors more spark.executor.memoryOverhead in SPARK_SETTINGS, or spread the rows over more SPARK_WORKERS.',
  },
  {
    sign: /Class org\.apache\.hadoop\.fs\.s3a\.S3AFileSystem not found|No FileSystem for scheme "?s3a/,
    reason: () => 'Spark cannot read from S3: it has no s3a file system.',
    remedy:
      'Add spark.jars.packages=org.apache.hadoop:hadoop-aws:3.3.4 (the version of Spark’s Hadoop) to SPARK_SETTINGS.',
  },
  {
    sign: /PATH_NOT_FOUND|Path does not exist: (\S+)|java\.io\.FileNotFoundException: File (file:\S+)/,
    reason: (_, [, a, b]) => `The machines of the cluster do not see the rows${(a ?? b) ? ` at ${a ?? b}` : ''}.`,
    remedy: 'Let ARTIFACTS_URL name S3, or a folder that the trainer and every machine of the cluster share.',
  },
  {
    sign: /ExecutorLostFailure|Lost executor/,
    reason: () => 'The cluster lost machines during the training, again and again.',
    remedy: 'Look at its workers, and at their memory; then train again.',
  },
  {
    sign: /slots than the total number of slots/,
    reason: () => 'The cluster has not enough free cores for all tasks of a training at once.',
    remedy: 'Lower SPARK_WORKERS, or free cores of the cluster.',
  },
  {
    sign: /Could not find or load main class|unrecognized option|Unrecognized option/i,
    reason: () => 'spark-submit did not understand how it was called.',
    remedy: 'Correct SPARK_SETTINGS and SPARK_SUBMIT on the trainer; the log of the run has its words.',
  },
];

/** Why there is no model, in a sentence that names the cause and one that says what to do. */
export function sparkFailure(job: EndedJob): TrainingFailure {
  const { how, output, said } = job;
  const text = [...output, ...(said === null ? [] : [`${said.error}: ${said.message}`])].join('\n');
  for (const { sign, reason, remedy } of CAUSES) {
    const found = sign.exec(text);
    if (found !== null) return new TrainingFailure('train', reason(job, found), remedy);
  }
  if (said !== null)
    return new TrainingFailure(
      'train',
      `The Spark job failed: ${said.error}: ${said.message.replace(/\.$/, '')}.`,
      'Its log, named in the log of the run, has the whole story; correct the cause, then train again.',
    );
  return new TrainingFailure(
    'train',
    `The Spark job ended without a model (${how})${lastWords(output)}.`,
    /SIG|137|143/.test(how)
      ? 'Something killed it: look at the memory of the trainer’s machine (spark.driver.memory in SPARK_SETTINGS), then train again.'
      : 'Its log, named in the log of the run, has the whole story; correct the cause, then train again.',
  );
}

/** The last line that names an error, else the last of all. */
function lastWords(output: readonly string[]): string {
  const line = output.findLast((each) => /\b(?:Error|Exception|ERROR|FATAL)\b/.test(each)) ?? output.at(-1);
  return line === undefined ? '' : `: ${line.trim().slice(0, 300).replace(/\.$/, '')}`;
}
