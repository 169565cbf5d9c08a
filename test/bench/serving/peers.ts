import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from '../../../deploy/local/ports.js';
import { goneAs, launch } from '../../../deploy/local/processes/child.js';
import { REPOSITORY } from '../../../deploy/local/repository.js';
import { until } from '../../../deploy/local/until.js';
import { pythonWith } from '../../conformance/python.js';

export interface Peer {
  readonly port: number;
  readonly path: string;
  stop(): Promise<void>;
}

interface Program {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly port: number;
  readonly ready: string;
  readonly path: string;
}

/**
 * Starts a peer just as serving is started. That it is a session of its own matters: where Linux shares the processor
 * out by session (autogroup), a child of this session would have an advantage over one that is not.
 */
async function start({ name, command, args, folder, port, ready, path }: Program): Promise<Peer> {
  const child = await launch({
    name,
    command,
    args,
    env: { ...process.env, PORT: String(port) },
    logFile: join(folder, `${name}.log`),
    tier: 'service',
  });
  try {
    await until(`${name} to be ready`, async () => (await fetch(`http://127.0.0.1:${port}${ready}`)).ok, {
      deadlineMs: 120_000,
      hopeless: goneAs(child),
    });
  } catch (error) {
    await child.stop();
    throw error;
  }
  return { port, path, stop: () => child.stop() };
}

/** A bare Fastify that sends back what it gets. */
export async function startEcho(folder: string): Promise<Peer> {
  const script = fileURLToPath(new URL('./echo.js', import.meta.url));
  const port = await freePort();
  return start({
    name: 'fastify',
    command: process.execPath,
    args: [script],
    folder,
    port,
    ready: '/ready',
    path: '/echo',
  });
}

/** Python with MLServer, and in `folder` the benchmark's model as XGBoost saved it. */
export async function trainModel(folder: string): Promise<{ python: string; modelFile: string }> {
  const python = await pythonWith(['mlserver==1.7.1', 'mlserver-xgboost==1.7.1'], 'venv-mlserver');
  const script = join(REPOSITORY, 'test/bench/serving/train.py');
  await promisify(execFile)(python, [script, folder]);
  return { python, modelFile: join(folder, 'mlserver', 'model.json') };
}

/** MLServer, which answers gRPC as well. */
export interface Mlserver extends Peer {
  readonly grpcPort: number;
}

/** MLServer with the model, metrics on as by default, in one process; its faster way for small requests. */
export async function startMlserver(python: string, folder: string): Promise<Mlserver> {
  const [http, grpc, metrics] = [await freePort(), await freePort(), await freePort()];
  const settings = { host: '127.0.0.1', http_port: http, grpc_port: grpc, metrics_port: metrics, parallel_workers: 0 };
  await writeFile(join(folder, 'mlserver', 'settings.json'), JSON.stringify({ ...settings, debug: false }));
  const peer = await start({
    name: 'mlserver',
    command: join(python, '../mlserver'),
    args: ['start', join(folder, 'mlserver')],
    folder,
    port: http,
    ready: '/v2/models/bench/ready',
    path: '/v2/models/bench/infer',
  });
  return { ...peer, grpcPort: grpc };
}

/** What XGBoost itself takes in Python for `rows` rows that are in memory already, on all cores: calls a second. */
export async function inplacePredict(python: string, modelFile: string, rows: number): Promise<number> {
  const script = join(REPOSITORY, 'test/bench/serving/inplace.py');
  const { stdout } = await promisify(execFile)(python, [script, modelFile, String(rows)]);
  return Number(stdout);
}
