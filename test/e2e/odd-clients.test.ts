import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  type Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  credentials,
  loadPackageDefinition,
  status,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { protoPath as healthProto } from 'grpc-health-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { freePort } from '../../deploy/local/ports.js';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { type Instance, ServingWorld } from './serving-world.js';

/** What clients of the inference protocol may send and do that the usual ones do not. */

const MODEL = 'backlink-outcome';
const PATH = `/v2/models/${MODEL}/infer`;
const LIMIT = 65_536;

let world: ServingWorld;
let one: Instance;
let grpc: string;

async function serve(name: string): Promise<{ instance: Instance; address: string }> {
  const port = await freePort();
  const env = { GRPC_PORT: String(port), INFER_BODY_LIMIT: String(LIMIT), DRAIN_MS: '50' };
  return { instance: await world.serve(name, env), address: `127.0.0.1:${port}` };
}

beforeAll(async () => {
  world = await ServingWorld.start();
  const served = await serve('one');
  one = served.instance;
  grpc = served.address;
  const live = await world.version('v1.0.0', { odds: [1, -1] });
  await world.activated(await world.want('promote', { live }), [one]);
});
afterAll(() => world.stop());

const MATRIX = { name: 'input', datatype: 'FP32', shape: [1, 3], data: [10, 1, 0] };
const BODY = JSON.stringify({ inputs: [MATRIX] });

describe('HTTP as few write it', () => {
  /** Sends bytes as they are; gives all that came back until the other side closed. */
  async function exchange(head: string, body: string): Promise<string> {
    const { hostname, port } = new URL(one.url);
    const socket = connect(Number(port), hostname);
    socket.write(`POST ${PATH} ${head}\r\n\r\n${body}`);
    return text(socket);
  }
  const close = 'Host: x\r\nConnection: close';

  it.each([
    ['HTTP/1.0', `HTTP/1.0\r\nContent-Length: ${BODY.length}`, BODY],
    ['no content type', `HTTP/1.1\r\n${close}\r\nContent-Length: ${BODY.length}`, BODY],
    [
      'a body in chunks',
      `HTTP/1.1\r\n${close}\r\nTransfer-Encoding: chunked`,
      `5\r\n${BODY.slice(0, 5)}\r\n${(BODY.length - 5).toString(16)}\r\n${BODY.slice(5)}\r\n0\r\n\r\n`,
    ],
    [
      'a client that waits to be told to go on',
      `HTTP/1.1\r\n${close}\r\nExpect: 100-continue\r\nContent-Length: ${BODY.length}`,
      BODY,
    ],
  ])('is answered: %s', async (_, head, body) => {
    expect(await exchange(head, body)).toMatch(/HTTP\/1\.1 200 OK[\s\S]*"data":\["success"\]/);
  });

  const ask = async (body: unknown, headers: Record<string, string> = {}) => {
    const sent = typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await fetch(`${one.url}${PATH}`, { method: 'POST', headers, body: sent });
    return { status: answer.status, body: await answer.json() };
  };

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/octet-stream'])(
    'is answered: JSON that calls itself %s',
    async (type) => expect(await ask(BODY, { 'content-type': type })).toMatchObject({ status: 200 }),
  );

  it.each([
    [BODY, { 'content-type': 'nonsense' }, 415, 'header Content-Type is "nonsense", expected application/json'],
    [
      'x'.repeat(LIMIT + 1),
      {},
      413,
      `the body has more than ${LIMIT} bytes (INFER_BODY_LIMIT); send the batch in parts`,
    ],
    ['not packed', { 'content-encoding': 'gzip' }, 400, 'not whole or not in gzip, which Content-Encoding says it is'],
    [BODY, { 'inference-header-content-length': '0x10' }, 400, 'Inference-Header-Content-Length is 0x10'],
    [BODY, { 'inference-header-content-length': '' }, 400, 'Inference-Header-Content-Length is'],
    [{ inputs: [{ ...MATRIX, shape: [1, 1, 3] }] }, {}, 400, 'or one matrix "input" of numbers, [rows, 3]'],
  ])('is refused with what to change: %j %j', async (body, headers, code, error) => {
    expect(await ask(body, headers)).toEqual({ status: code, body: { error: expect.stringContaining(error) } });
  });

  it('says which values of raw features it could not read', async () => {
    const da = { name: 'da', datatype: 'BYTES', shape: [3], data: ['44', 'many', 'n/a'] };
    expect(await ask({ inputs: [da] })).toMatchObject({
      status: 200,
      body: {
        parameters: {
          warnings: 'input "da", value 1: expected a number, got "many", and 1 more like it; it counts as missing',
        },
      },
    });
  });
});

describe('gRPC as few speak it', () => {
  interface Calls {
    ModelInfer(request: object, done: (error: Error | null, answer: unknown) => void): void;
    ModelStreamInfer(): ClientDuplexStream<object, unknown>;
    Watch(request: object): ClientReadableStream<unknown>;
  }
  const definitions = loadPackageDefinition(
    loadSync([join(REPOSITORY, 'apps/serving/grpc/open-inference.proto'), healthProto], {
      keepCase: true,
      longs: Number,
      enums: String,
      defaults: true,
    }),
  );
  const clients: Client[] = [];
  afterAll(() => {
    for (const client of clients) client.close();
  });

  function client(service: string, address: string): Calls {
    let node: unknown = definitions;
    for (const part of service.split('.')) node = z.record(z.string(), z.unknown()).parse(node)[part];
    const Service = z
      .custom<new (address: string, credentials: object) => Client & Calls>((value) => typeof value === 'function')
      .parse(node);
    const made = new Service(address, credentials.createInsecure());
    clients.push(made);
    return made;
  }
  const inference = (address = grpc): Calls => client('inference.GRPCInferenceService', address);

  const request = (input: object = { contents: { fp32_contents: [10, 1, 0] } }, change: object = {}) => ({
    model_name: MODEL,
    inputs: [{ name: 'input', datatype: 'FP32', shape: [1, 3], ...input }],
    ...change,
  });
  const call = (sent: object) =>
    new Promise((resolve, reject) => {
      inference().ModelInfer(sent, (error, answer) => (error ? reject(error) : resolve(answer)));
    });
  const LARGE = request({ shape: [10_000, 3] }, { raw_input_contents: [Buffer.alloc(120_000)] });

  it.each([
    [request({ contents: { fp64_contents: [1, 2, 3] } }), 'has fp64_contents, FP32 is sent in fp32_contents'],
    [
      request({ contents: { fp32_contents: [1, 2, 3], int_contents: [1] } }),
      'has int_contents, FP32 is sent in fp32_contents',
    ],
    [request({ datatype: 'BOOL' }, { raw_input_contents: [Buffer.from([1, 7, 0])] }), 'value 1 is 7, expected 0 or 1'],
    [
      request({ parameters: { shared_memory_region: { string_param: 'x' } } }),
      'input "input".parameters.shared_memory_region: there is no shared memory here',
    ],
    [
      request(undefined, { outputs: [{ name: 'decision', parameters: { classification: { int64_param: 2 } } }] }),
      'output "decision".parameters.classification: there is no classification here',
    ],
  ])('is refused with what to change: %#', async (sent, details) => {
    await expect(call(sent)).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringContaining(details),
    });
  });

  it('is refused where a message is too large, and answers others as before', async () => {
    await expect(call(LARGE)).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    const stream = inference().ModelStreamInfer();
    stream.write(LARGE);
    stream.resume();
    const [error] = await once(stream, 'error');
    expect(error).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    await expect(call(request())).resolves.toMatchObject({ model_version: 'v1.0.0' });
  });

  it('survives streams whose callers go away', async () => {
    const calls = inference();
    for (let i = 0; i < 20; i++) {
      const stream = calls.ModelStreamInfer();
      stream.on('error', () => undefined);
      for (let k = 0; k < 50; k++) stream.write(request());
      if (i % 2 === 0) await once(stream, 'data');
      stream.cancel();
    }
    await expect(call(request())).resolves.toMatchObject({ model_version: 'v1.0.0' });
  });

  it('tells those who watch its health once a change, and ends every stream when it stops', async () => {
    const { instance, address } = await serve('two');
    await world.answers(instance);
    const watch = client('grpc.health.v1.Health', address).Watch({ service: '' });
    const told: unknown[] = [];
    watch.on('data', (health) => told.push(health));
    const stream = inference(address).ModelStreamInfer();
    stream.write(request());
    await once(stream, 'data');
    const ends = Promise.all([watch, stream].map((open) => once(open, 'error')));
    await instance.child.stop();
    expect(instance.child.exit()).toEqual({ code: 0, signal: null });
    for (const [error] of await ends)
      expect(error).toMatchObject({ code: status.UNAVAILABLE, details: expect.stringContaining('about to stop') });
    expect(told).toEqual([{ status: 'SERVING' }, { status: 'NOT_SERVING' }]);
  });
});
