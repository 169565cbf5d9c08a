import { loadSync } from '@grpc/proto-loader';
import { PROTO, SERVICE } from '../../e2e/grpc-client.js';
import { requestBytes } from '../load/connection.js';

export const COLUMNS = 23;

/** Different requests, so that nothing is answered from a cache; fewer where they are large. */
const REQUESTS = 64;
const LARGE_REQUESTS = 4;
const LARGE_ROWS = 1000;

type Random = () => number;

export function pseudoRandom(): Random {
  let state = 42;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const values = (count: number, random: Random): number[] =>
  Array.from({ length: count }, () => Math.round(random() * 40_000 - 20_000) / 10_000);

function many(rows: number, make: (i: number) => Buffer): string[] {
  const count = rows >= LARGE_ROWS ? LARGE_REQUESTS : REQUESTS;
  return Array.from({ length: count }, (_, i) => make(i).toString('base64'));
}

const input = (rows: number) => ({ name: 'input', shape: [rows, COLUMNS], datatype: 'FP32' });

export const inferRequests = (path: string, rows: number, random: Random): string[] =>
  many(rows, () =>
    requestBytes('bench', path, JSON.stringify({ inputs: [{ ...input(rows), data: values(rows * COLUMNS, random) }] })),
  );

const bytesOf = (numbers: readonly number[]): Buffer => Buffer.from(Float32Array.from(numbers).buffer);

/** With the binary tensor extension, in both directions. */
export const binaryRequests = (path: string, rows: number, random: Random): string[] =>
  many(rows, () => {
    const data = bytesOf(values(rows * COLUMNS, random));
    const json = Buffer.from(
      JSON.stringify({
        inputs: [{ ...input(rows), parameters: { binary_data_size: data.length } }],
        parameters: { binary_data_output: true },
      }),
    );
    return requestBytes('bench', path, Buffer.concat([json, data]), {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(json.length),
    });
  });

export function decideRequests(random: Random): string[] {
  return many(1, (task) => {
    const site = Object.fromEntries(values(COLUMNS, random).map((value, i) => [`f${i}`, value]));
    return requestBytes('bench', '/v1/decide', JSON.stringify({ task_id: task, model: 'bench', site }));
  });
}

/** Messages of ModelInfer with raw contents, and the method's name. */
export function grpcRequests(rows: number, random: Random): { requests: string[]; grpcMethod: string } {
  const service = loadSync(PROTO, { keepCase: true })[SERVICE];
  const method = service === undefined || 'format' in service ? undefined : service.ModelInfer;
  if (method === undefined) throw new Error(`${PROTO} does not define ModelInfer`);
  const requests = many(rows, () =>
    method.requestSerialize({
      model_name: 'bench',
      inputs: [input(rows)],
      raw_input_contents: [bytesOf(values(rows * COLUMNS, random))],
    }),
  );
  return { requests, grpcMethod: method.path };
}
