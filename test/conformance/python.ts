import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { REPOSITORY } from '../../deploy/local/repository.js';

const run = promisify(execFile);

/**
 * A Python with these packages of PyPI (as pip takes them, like "xgboost==3.2.0") in `.ratchet/NAME` of the folder that
 * tests and benchmarks are started in, made on first use. Packages that do not get along have venvs of their own.
 * Returns the interpreter's path; throws with the remedy when the machine has no Python.
 */
export async function pythonWith(packages: readonly string[], name = 'venv'): Promise<string> {
  const venv = join(process.cwd(), '.ratchet', name);
  const python = join(venv, 'bin', 'python');
  const installed = join(venv, 'packages.txt');
  const there = await access(python).then(
    () => true,
    () => false,
  );
  if (!there) {
    await mkdir(join(process.cwd(), '.ratchet'), { recursive: true });
    await run('python3', ['-m', 'venv', venv]).catch((error: unknown) => {
      throw new Error(
        'Conformance with the Python libraries needs python3 (3.10 or newer) with the venv module on the PATH; on Debian: apt-get install python3-venv.',
        { cause: error },
      );
    });
  }
  const have = new Set((await readFile(installed, 'utf8').catch(() => '')).split('\n'));
  const missing = packages.filter((name) => !have.has(name));
  if (missing.length > 0) {
    await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...missing], {
      maxBuffer: 64 * 1024 * 1024,
    }).catch((error: unknown) => {
      throw new Error(`pip could not install ${missing.join(' ')}; is PyPI, or the index pip is set to, in reach?`, {
        cause: error,
      });
    });
    await writeFile(installed, [...have, ...missing].filter((name) => name !== '').join('\n'));
  }
  return python;
}

/** The versions conformance is stated for. */
export const TREE_LIBRARIES = ['xgboost==3.2.0', 'lightgbm==4.7.0', 'numpy==2.4.6'] as const;

/** What clients/python/trainer.py imports. */
export const TRAINER_LIBRARIES = ['xgboost-cpu==3.2.0', 'numpy==2.4.6', 'pyarrow==21.0.0'] as const;

/** What ratchet-model takes apart, and what exports scikit-learn's models as ONNX. */
export const PACKED_LIBRARIES = [
  'scikit-learn==1.7.2',
  'catboost==1.2.10',
  'onnx==1.23.2',
  'onnxruntime==1.32.0',
  'skl2onnx==1.20.0',
  'pandas==2.3.3',
  'numpy==2.4.6',
  'xgboost-cpu==3.2.0',
  'lightgbm==4.7.0',
] as const;

/** What deploy/spark-trainer runs with. */
export const SPARK_LIBRARIES = readFileSync(join(REPOSITORY, 'deploy/spark-trainer/requirements.txt'), 'utf8')
  .split('\n')
  .filter((line) => /^[a-z]/.test(line));
