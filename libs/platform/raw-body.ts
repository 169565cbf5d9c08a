import type { IncomingMessage } from 'node:http';
import { ProblemError } from './problem.js';

const tooLarge = (limit: number): ProblemError =>
  new ProblemError(413, 'Too large', `The body is larger than ${Math.floor(limit / 2 ** 20)} MiB.`);

/** Reads a body that no parser has touched. Throws a 413 beyond `limit` bytes, before the first one if it was announced. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const piece = Buffer.from(chunk);
    bytes += piece.length;
    if (bytes > limit) throw tooLarge(limit);
    chunks.push(piece);
  }
  return Buffer.concat(chunks);
}

/** Reads such a body as JSON; an empty one is undefined. Throws a 400, 413 or 415. */
export async function readJsonBody(request: IncomingMessage, limit: number): Promise<unknown> {
  const type = request.headers['content-type'];
  if (type !== undefined && !/^application\/json *(;|$)/i.test(type))
    throw new ProblemError(415, 'Unsupported media type', 'The Content-Type is another, expected application/json.');
  const text = (await readBody(request, limit)).toString('utf8').trim();
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new ProblemError(400, 'Invalid request', 'The body is not JSON.');
  }
}
