import type { FastifyRequest } from 'fastify';
import type { Operation } from '#contracts/http/operation';
import type { OperationName, OperationNamed } from '#contracts/http/services';
import { type Principal, principalOf } from '#platform/auth/auth';
import { parseInput } from '#platform/problem';
import type { Taken } from '../shapes.js';
import { needsToken } from './access.js';

/** What the handler of an operation of this shape gets. */
export type InputOf<O extends Operation> = Taken<O> &
  (O extends { readonly access: 'viewer' | 'operator' | 'admin' } ? { readonly principal: Principal } : unknown);

/** What the handler of this operation gets: `@Operation('listRuns') list({ query }: Input<'listRuns'>)`. */
export type Input<N extends OperationName> = InputOf<OperationNamed<N>>;

interface AnyInput {
  params?: unknown;
  query?: unknown;
  body?: unknown;
  principal?: Principal;
}

/**
 * Checks what a request brought against its operation. Throws a 400 that names each field at fault, and a 401 where
 * the operation needs a token and none was looked at.
 */
export function readInput({ params, query, body, access }: Operation, request: FastifyRequest): AnyInput {
  return {
    ...(needsToken(access) && { principal: principalOf(request) }),
    ...(params && { params: parseInput(params, request.params) }),
    ...(query && { query: parseInput(query, request.query) }),
    ...(body?.schema && { body: parseInput(body.schema, request.body ?? {}) }),
  };
}
