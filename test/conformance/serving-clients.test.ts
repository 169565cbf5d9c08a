import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../deploy/local/ports.js';
import { type Instance, ServingWorld } from '../e2e/serving-world.js';
import { pythonWith } from './python.js';

const CLIENTS = ['tritonclient[http,grpc]', 'open-inference-openapi'];

let world: ServingWorld;
let instance: Instance;
let grpc: string;
let python: string;

beforeAll(async () => {
  python = await pythonWith(CLIENTS, 'venv-clients');
  world = await ServingWorld.start();
  const port = await freePort();
  grpc = `127.0.0.1:${port}`;
  instance = await world.serve('one', { GRPC_PORT: String(port) });
  const live = await world.version('v1.0.0', { odds: [1, -1] });
  const warm = await world.version('v1.1.0', { odds: [-1, 1] });
  await world.activated(await world.want('promote', { live, warm: [warm] }), [instance]);
  await world.hear('serving.heartbeat', 'both versions', ({ models }) => models[0]?.warm.length === 1);
}, 900_000);
afterAll(() => world.stop());

async function run(script: string, ...args: string[]): Promise<string[]> {
  return runWith(python, script, ...args);
}

async function runWith(interpreter: string, script: string, ...args: string[]): Promise<string[]> {
  const { stdout } = await promisify(execFile)(interpreter, [join(import.meta.dirname, 'clients', script), ...args]);
  return JSON.parse(stdout);
}

it('tritonclient over HTTP, with its defaults', async () => {
  expect((await run('triton.py', 'http', new URL(instance.url).host)).length).toBeGreaterThanOrEqual(27);
});

it('tritonclient over gRPC, with its defaults', async () => {
  expect((await run('triton.py', 'grpc', grpc)).length).toBeGreaterThanOrEqual(22);
});

it('the client of the Open Inference Protocol project', async () => {
  expect((await run('protocol.py', instance.url)).length).toBeGreaterThanOrEqual(9);
});

it.each(['http', 'grpc'])(
  "KServe's own client over %s, with its defaults",
  async (protocol) => {
    const interpreter = await pythonWith(['kserve==0.21.0'], 'venv-kserve');
    const address = protocol === 'http' ? instance.url : grpc;
    const checked = await runWith(interpreter, 'kserve_client.py', protocol, address);
    expect(checked.length).toBeGreaterThanOrEqual(18);
  },
  600_000,
);

it("MLServer's own client and codecs, over HTTP and gRPC", async () => {
  const interpreter = await pythonWith(['mlserver==1.7.1'], 'venv-mlserver');
  expect((await runWith(interpreter, 'mlserver_client.py', instance.url, grpc)).length).toBeGreaterThanOrEqual(10);
}, 600_000);
