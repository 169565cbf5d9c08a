import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Operation } from '#contracts/http/operation';
import { OPERATIONS, type OperationName } from '#contracts/http/services';
import { problemOf, sendProblem } from '#platform/problem';
import { routePath } from './route.js';

type StreamedHandler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

/**
 * Operations whose bodies are large or come as they are: Fastify's own routes, because a file must reach us as a stream
 * whatever content type it is sent with, and Nest's parsers would read it whole. Method, path, role and status are
 * those of the table; the handler checks its input itself, before it reads the body.
 */
export async function addStreamedOperations(
  app: NestFastifyApplication,
  handlers: Partial<Record<OperationName, StreamedHandler>>,
): Promise<void> {
  const named: Readonly<Record<string, Operation>> = OPERATIONS;
  await app
    .getHttpAdapter()
    .getInstance()
    .register(async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
      scope.setErrorHandler(async (error, _request, reply) => sendProblem(reply, problemOf(error)));
      for (const [name, handler] of Object.entries(handlers)) {
        const operation = named[name];
        if (operation === undefined) throw new Error(`There is no operation "${name}" in libs/contracts/http.`);
        scope.route({
          method: operation.method,
          url: routePath(operation.path),
          config: { streamed: true },
          handler: (request, reply) => handler(request, reply.status(operation.replies[0].status)),
        });
      }
    });
}
