import { once } from 'node:events';
import { join } from 'node:path';
import { type ClientDuplexStream, credentials, loadPackageDefinition, status } from '@grpc/grpc-js';
import { loadSync, type PackageDefinition } from '@grpc/proto-loader';
import { protoPath as healthProto } from 'grpc-health-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { freePort } from '../../deploy/local/ports.js';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { until } from '../../deploy/local/until.js';
import { type Instance, ServingWorld } from './serving-world.js';

/** What Triton's clients, KServe and Kubernetes expect beside plain predictions. */

const MODEL = 'backlink-outcome';
const DEFINITIONS = loadSync([join(REPOSITORY, 'apps/serving/grpc/open-inference.proto'), healthProto], {
  keepCase: true,
  longs: Number,
  enums: String,
  defaults: true,
});

let world: ServingWorld;
let one: Instance;
let address: string;

beforeAll(async () => {
  world = await ServingWorld.start();
  const port = await freePort();
  address = `127.0.0.1:${port}`;
  one = await world.serve('one', { GRPC_PORT: String(port), MAX_ANSWER_VALUES: '100' });
});
afterAll(() => world.stop());

type Call = (request: object) => Promise<unknown>;

/** Calls of a service by its name, without generated types. */
function service(name: string, definitions: PackageDefinition = DEFINITIONS) {
  let node: unknown = loadPackageDefinition(definitions);
  for (const part of name.split('.')) node = z.record(z.string(), z.unknown()).parse(node)[part];
  const Client = z.custom<new (address: string, c: object) => Record<string, unknown>>((v) => typeof v === 'function');
  const client = new (Client.parse(node))(address, credentials.createInsecure());
  const method = (called: string) => {
    const found = client[called];
    if (typeof found !== 'function') throw new Error(`${name} has no ${called}`);
    return found.bind(client);
  };
  const call = (called: string): Call => {
    const unary = method(called);
    return (request) =>
      new Promise((resolve, reject) => {
        unary(request, (error: Error | null, answer: unknown) => (error ? reject(error) : resolve(answer)));
      });
  };
  return { call, stream: (called: string): ClientDuplexStream<object, unknown> => method(called)() };
}

const health = (name: string) => service('grpc.health.v1.Health').call('Check')({ service: name });
const inference = service.bind(null, 'inference.GRPCInferenceService');
const request = (change: object = {}) => ({
  model_name: MODEL,
  id: 'a',
  inputs: [{ name: 'da', datatype: 'FP64', shape: [1], contents: { fp64_contents: [10] } }],
  ...change,
});

describe('gRPC’s health protocol', () => {
  it('says that an instance without a version does not serve, and that it does when one is live', async () => {
    expect(await health('')).toEqual({ status: 'NOT_SERVING' });
    const live = await world.version('v1.0.0', { odds: [1, -1] });
    const warm = await world.version('v1.1.0', { odds: [-1, 1] });
    await world.activated(await world.want('promote', { live, warm: [warm] }), [one]);
    await until(
      'gRPC health says SERVING',
      async () => z.object({ status: z.string() }).parse(await health('')).status === 'SERVING',
    );
    expect(await health('inference.GRPCInferenceService')).toEqual({ status: 'SERVING' });
    await expect(health('weather')).rejects.toMatchObject({ code: status.NOT_FOUND });
  });
});

describe('server reflection', () => {
  it('lists the services', async () => {
    const proto = join(REPOSITORY, 'node_modules/@grpc/reflection/build/proto/grpc/reflection/v1/reflection.proto');
    const stream = service('grpc.reflection.v1.ServerReflection', loadSync(proto, { keepCase: true })).stream(
      'ServerReflectionInfo',
    );
    stream.write({ list_services: '' });
    const [answer] = await once(stream, 'data');
    stream.end();
    const names = answer.list_services_response.service.map(({ name }: { name: string }) => name);
    expect(names).toEqual(expect.arrayContaining(['inference.GRPCInferenceService', 'grpc.health.v1.Health']));
  });
});

describe('ModelStreamInfer', () => {
  it('answers each request in its order, and goes on after one that is refused', async () => {
    const stream = inference().stream('ModelStreamInfer');
    const answers: unknown[] = [];
    stream.on('data', (answer) => answers.push(answer));
    for (const id of ['a', 'b']) stream.write(request({ id }));
    stream.write(request({ id: 'c', model_name: 'weather' }));
    stream.write(request({ id: 'd', model_version: 'v1.1.0' }));
    stream.end();
    await once(stream, 'end');
    expect(answers).toMatchObject([
      { error_message: '', infer_response: { id: 'a', model_version: 'v1.0.0' } },
      { error_message: '', infer_response: { id: 'b' } },
      { error_message: expect.stringContaining('"weather" is not served here'), infer_response: { id: 'c' } },
      { error_message: '', infer_response: { id: 'd', model_version: 'v1.1.0' } },
    ]);
  });
});

describe('configuration, statistics and index', () => {
  const about = {
    name: MODEL,
    backend: 'ratchet',
    input: [{ name: 'input', data_type: 'TYPE_FP32', dims: [3] }],
    output: [
      { name: 'probabilities', data_type: 'TYPE_FP64', dims: [2] },
      { name: 'decision', data_type: 'TYPE_STRING', dims: [1] },
    ],
  };

  it('over gRPC', async () => {
    const { call } = inference();
    expect(await call('ModelConfig')({ name: MODEL })).toMatchObject({ config: about });
    await call('ModelInfer')(request());
    await expect(call('ModelInfer')(request({ outputs: [{ name: 'x' }] }))).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
    });
    const counted = await call('ModelStatistics')({ name: MODEL, version: 'v1.0.0' });
    expect(counted).toMatchObject({ model_stats: [{ name: MODEL, version: 'v1.0.0' }] });
    const index = await call('RepositoryIndex')({});
    expect(index).toMatchObject({
      models: expect.arrayContaining([{ name: MODEL, version: 'v1.1.0', state: 'READY', reason: '' }]),
    });
  });
});

describe('the same over REST', () => {
  const get = async (path: string): Promise<unknown> => (await fetch(`${one.url}${path}`)).json();

  it('configuration, statistics and index', async () => {
    expect(await get(`/v2/models/${MODEL}/config`)).toMatchObject({ name: MODEL, max_batch_size: 10_000 });
    expect(await get(`/v2/models/${MODEL}/versions/v1.1.0/stats`)).toMatchObject({
      model_stats: [{ name: MODEL, version: 'v1.1.0', inference_stats: { success: { count: expect.any(Number) } } }],
    });
    expect(await get('/v2/models/stats')).toMatchObject({
      model_stats: [{ version: 'v1.0.0' }, { version: 'v1.1.0' }],
    });
    const index = await fetch(`${one.url}/v2/repository/index`, { method: 'POST' });
    expect(await index.json()).toMatchObject([{ name: MODEL, version: 'v1.0.0', state: 'READY' }, {}]);
  });

  it('says what to write in the place of NaN', async () => {
    const body = '{"inputs":[{"name":"da","datatype":"FP64","shape":[2],"data":[1.5, NaN]}]}';
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${one.url}/v2/models/${MODEL}/infer`, { method: 'POST', headers, body });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: expect.stringContaining('write null for a missing number') });
  });
});

describe('what would hide a mistake of the caller', () => {
  it.each([
    [
      'a tensor named twice',
      { inputs: [request().inputs[0], request().inputs[0]] },
      'inputs[1].name: "da" is there twice',
    ],
    [
      'an output named twice',
      { outputs: Array.from({ length: 20_000 }, () => ({ name: 'probabilities' })) },
      'outputs[1].name',
    ],
    [
      'an integer beyond its datatype',
      { inputs: [{ name: 'da', datatype: 'INT8', shape: [1], contents: { int_contents: [300] } }] },
      'value 0 is 300, expected a whole number from -128 to 127',
    ],
    [
      'contents and raw bytes',
      { raw_input_contents: [Buffer.alloc(8)] },
      'has both contents and an entry of raw_input_contents',
    ],
  ])('is refused over gRPC: %s', async (_, change, details) => {
    await expect(inference().call('ModelInfer')(request(change))).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringContaining(details),
    });
  });

  it('as is an answer that would be too large, before it is made', async () => {
    const inputs = [{ name: 'da', datatype: 'FP64', shape: [51], contents: { fp64_contents: Array(51).fill(10) } }];
    await expect(inference().call('ModelInfer')(request({ inputs }))).rejects.toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      details: expect.stringContaining('51 × 2 probabilities, at most 100'),
    });
  });
});
