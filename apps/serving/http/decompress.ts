import type { Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { ProblemError } from '#platform/problem';

const DECODERS = new Map<string, () => Transform>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);

/** Takes compressed bodies, which Triton's client can send. The body limit is that of the body unpacked. */
export function takeCompressed(scope: FastifyInstance): void {
  scope.addHook('preParsing', (request, _reply, payload, done) => {
    const encoding = request.headers['content-encoding'];
    if (encoding === undefined || encoding === 'identity') {
      done(null, payload);
      return;
    }
    const create = DECODERS.get(encoding.toLowerCase());
    if (create === undefined) {
      const expected = [...DECODERS.keys()].join(', ');
      done(new ProblemError(415, 'Unsupported media type', `Content-Encoding is "${encoding}", expected ${expected}.`));
      return;
    }
    done(null, unpacked(payload, create(), encoding));
  });
}

/** Fastify compares the bytes that came in with content-length, so they are counted on the way. */
function unpacked(payload: Readable, decoder: Transform, encoding: string): Readable {
  const output = Object.assign(decoder, { receivedEncodedLength: 0 });
  payload.on('data', (chunk: Buffer) => {
    output.receivedEncodedLength += chunk.length;
  });
  payload.on('error', (error) => output.destroy(error));
  decoder.on('error', (error) => {
    const message = `the body is not whole or not in ${encoding}, which Content-Encoding says it is: ${error.message}`;
    Object.assign(error, { statusCode: 400, message });
  });
  payload.pipe(decoder);
  return output;
}
