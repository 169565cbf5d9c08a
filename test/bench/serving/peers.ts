import { type ChildProcess, execFile, fork, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from '../../../deploy/local/ports.js';
import { REPOSITORY } from '../../../deploy/local/repository.js';
import { until } from '../../../deploy/local/until.js';
import { pythonWith } from '../../conformance/python.js';

export interface Peer {
  readonly port: number;
  readonly path: string;
  stop(): Promise<void>;
}

const stopper = (child: ChildProcess) => async (): Promise<void> => {
  if (child.exitCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
};

/** A bare Fastify that sends back what it gets. */
export async function startEcho(): Promise<Peer> {
  const child = fork(fileURLToPath(new URL('./echo.js', import.meta.url)), { execArgv: [] });
  const url = await new Promise<string>((resolve, reject) => {
    child.once('message', (message) => resolve(String(message)));
    child.once('exit', (code) => reject(new Error(`the echo server exited with code ${code}`)));
  });
  return { port: Number(new URL(url).port), path: '/echo', stop: stopper(child) };
}

/** Python with MLServer, and in `folder` the benchmark's model as XGBoost saved it. */
export async function trainModel(folder: string): Promise<{ python: string; modelFile: string }> {
  const python = await pythonWith(['mlserver==1.7.1', 'mlserver-xgboost==1.7.1'], 'venv-mlserver');
  const script = join(REPOSITORY, 'test/bench/serving/train.py');
  await promisify(execFile)(python, [script, folder]);
  return { python, modelFile: join(folder, 'mlserver', 'model.json') };
}

/** MLServer with the model, metrics on as by default, in one process. */
export async function startMlserver(python: string, folder: string): Promise<Peer> {
  const [http, grpc, metrics] = [await freePort(), await freePort(), await freePort()];
  const settings = { host: '127.0.0.1', http_port: http, grpc_port: grpc, metrics_port: metrics, parallel_workers: 0 };
  await writeFile(join(folder, 'mlserver', 'settings.json'), JSON.stringify({ ...settings, debug: false }));
  const child = spawn(join(python, '../mlserver'), ['start', join(folder, 'mlserver')], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${http}/v2/models/bench/ready`;
  await until('MLServer to be ready', async () => (await fetch(url)).ok, {
    deadlineMs: 120_000,
    hopeless: () => (child.exitCode === null ? null : new Error(`MLServer exited with code ${child.exitCode}`)),
  });
  return { port: http, path: '/v2/models/bench/infer', stop: stopper(child) };
}
