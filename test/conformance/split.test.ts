import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { SPLIT_PARTS, splitPart } from '#domain/split';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { SPLIT_SHARES, splitKeys } from '../fixtures/split-keys.js';
import { pythonWith, SPARK_LIBRARIES, TRAINER_LIBRARIES } from './python.js';

const folder = mkdtempSync(join(tmpdir(), 'ratchet-split-'));
afterAll(() => rmSync(folder, { recursive: true }));

const PROGRAMS = {
  'the reference trainer': {
    python: () => pythonWith(TRAINER_LIBRARIES, 'venv-trainer'),
    script: ['split_parts.py', 'clients/python'],
  },
  Spark: {
    python: () => pythonWith(SPARK_LIBRARIES, 'venv-spark'),
    script: ['spark_functions.py', 'deploy/spark-trainer', 'split'],
  },
};
const CASES = Object.entries(PROGRAMS).flatMap(([who, program]) =>
  SPLIT_SHARES.map((shares) => ({ who, ...program, shares })),
);

it.each(CASES)(
  'the split of $who is ours on a million keys: $shares',
  async ({ python: made, script: [name = '', beside = '', ...further], shares }) => {
    const python = await made();
    const keys = splitKeys(1_000_000, { nul: true });
    const file = join(folder, 'keys.jsonl');
    writeFileSync(file, keys.map((key) => `${JSON.stringify(key)}\n`).join(''));
    const { stdout } = await promisify(execFile)(
      python,
      [join(import.meta.dirname, name), join(REPOSITORY, beside), ...further, file, JSON.stringify(shares)],
      {
        maxBuffer: 1 << 26,
        env: { ...process.env, PYSPARK_PYTHON: python, PYSPARK_DRIVER_PYTHON: python, SPARK_LOCAL_IP: '127.0.0.1' },
      },
    );
    const theirs = stdout.trim();
    expect(theirs).toHaveLength(keys.length);
    const differing = keys.filter((key, i) => SPLIT_PARTS.indexOf(splitPart(key, shares)) !== Number(theirs[i]));
    expect(differing.slice(0, 10)).toEqual([]);
  },
  600_000,
);
