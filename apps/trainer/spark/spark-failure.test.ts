import { describe, expect, it } from 'vitest';
import { sparkFailure } from './spark-failure.js';
import { sayingIn } from './spark-sayings.js';

const ended = (
  output: readonly string[],
  said: { error: string; message: string } | null = null,
  how = 'exit code 1',
) => sparkFailure({ master: 'spark://10.0.0.1:7077', how, output, said });

describe('a Spark job that ended without a model', () => {
  it.each([
    ['/opt/spark/bin/spark-class: line 71: java: command not found', /no Java/, /JAVA_HOME/],
    [
      'ERROR StandaloneSchedulerBackend: All masters are unresponsive! Giving up.',
      /^No Spark master answers at spark:\/\/10\.0\.0\.1:7077\.$/,
      /SPARK_MASTER/,
    ],
    ["ModuleNotFoundError: No module named 'xgboost'", /no module xgboost/, /PYSPARK_PYTHON/],
    [
      'java.io.IOException: Cannot run program "/opt/venv/bin/python": error=2',
      /no program \/opt\/venv\/bin\/python/,
      /PYSPARK_PYTHON/,
    ],
    ['java.lang.OutOfMemoryError: Java heap space', /ran out of memory/, /spark\.executor\.memory/],
    [
      'Container killed by YARN for exceeding physical memory limits. 4.1 GB of 4 GB used.',
      /ran out of memory/,
      /memoryOverhead/,
    ],
    ['SparkException: Python worker exited unexpectedly (crashed)', /lack of memory/, /memoryOverhead/],
    [
      'java.lang.ClassNotFoundException: Class org.apache.hadoop.fs.s3a.S3AFileSystem not found',
      /no s3a file system/,
      /hadoop-aws/,
    ],
    ['[PATH_NOT_FOUND] Path does not exist: file:/data/rows.parquet.', /do not see the rows/, /ARTIFACTS_URL/],
  ])('for %s', (line, reason, remedy) => {
    const failure = ended(['INFO SparkContext: Running Spark version 3.5.7', line]);
    expect(failure.reason).toMatch(reason);
    expect(failure.remedy).toMatch(remedy);
  });

  it('is told by what the job said of itself', () => {
    const said = { error: 'ValueError', message: 'Invalid Parameter format for max_depth expect int' };
    expect(ended([], said).reason).toBe(
      'The Spark job failed: ValueError: Invalid Parameter format for max_depth expect int.',
    );
  });

  it('is told by its last words, or by how it ended', () => {
    expect(ended(['INFO a', 'ERROR Driver: it broke', 'INFO b']).reason).toBe(
      'The Spark job ended without a model (exit code 1): ERROR Driver: it broke.',
    );
    const killed = ended([], null, 'SIGKILL');
    expect(killed.reason).toBe('The Spark job ended without a model (SIGKILL).');
    expect(killed.remedy).toContain('Something killed it');
  });
});

describe('a line of the job', () => {
  it.each([
    ['RATCHET {"kind": "round", "done": 3, "loss": 0.5}', { kind: 'round', done: 3, loss: 0.5 }],
    ['[12:57:44] RATCHET {"kind": "round", "done": 1, "loss": null}', { kind: 'round', done: 1, loss: null }],
    ['26/12/01 12:53:32 INFO MemoryStore: MemoryStore cleared', null],
    ['RATCHET {"kind": "round", "do', null],
    ['RATCHET {"kind": "of another release"}', null],
  ])('%s', (line, saying) => {
    expect(sayingIn(line)).toEqual(saying);
  });
});
