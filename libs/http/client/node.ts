import type { Readable } from 'node:stream';
import { request } from 'undici';
import type { z } from 'zod';
import { listOperations } from '#contracts/http/operation';
import { OPERATIONS, type OperationName, type ServiceName } from '#contracts/http/services';
import type { AnswerOf } from '../shapes.js';
import { Client, type ClientOptions, Misfit, type Runtime } from './client.js';

export type NodeClient<S extends ServiceName> = Client<S, Readable>;

type ReplySchemas = { readonly [N in OperationName]: z.ZodType<AnswerOf<N>> };

/** What success looks like, by operation. The table's types say which schema stands where. */
const REPLIES: ReplySchemas = Object.fromEntries(
  listOperations(OPERATIONS).map(({ name, replies: [{ schema }] }): unknown[] => [name, schema]),
);

const RUNTIME: Runtime<Readable> = {
  send: async ({ method, url, headers, body, patienceMs, pauseMs, signal }) => {
    const { statusCode, body: chunks } = await request(url, {
      method,
      headers,
      body: typeof body === 'string' || body === null ? body : body.content,
      headersTimeout: patienceMs,
      bodyTimeout: pauseMs,
      ...(signal && { signal }),
    });
    return { status: statusCode, chunks };
  },
  read: (name, text) => {
    const parsed = REPLIES[name].safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw new Misfit(
      issue && issue.path.length > 0 ? `field ${issue.path.join('.')}: ${issue.message}` : 'no JSON document',
    );
  },
};

/** A client for Node: answers are checked against the table, and files are sent from a stream. */
export const connect = <S extends ServiceName>(_service: S, options: ClientOptions): NodeClient<S> =>
  new Client(options, RUNTIME);
