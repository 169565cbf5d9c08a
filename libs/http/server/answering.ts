import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { RouteOptions } from 'fastify';
import { listOperations, type NamedOperation, type Operations } from '#contracts/http/operation';
import { SERVICES, type ServiceName } from '#contracts/http/services';
import { authorize, TOKEN_VERIFIER, type TokenVerifier } from '#platform/auth/auth';
import { PRIVATE } from '#platform/problem';
import { needsToken } from './access.js';
import { routePath } from './route.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** This route is no operation: a page, or the answer to what does not exist. */
    undescribed?: true;
  }
}

/** Holds a service to its operations; see {@link answeringTable}. */
export const answering = (service: ServiceName): ((app: NestFastifyApplication) => void) =>
  answeringTable(service, SERVICES[service].operations);

/**
 * Holds a service to a table, whether Nest or Fastify's own routes answer: it does not start when an operation has no
 * handler or two, or when a route is no operation. Where an operation needs a role, the token is looked at before a byte
 * of the body is read.
 */
export const answeringTable =
  (service: string, table: Operations) =>
  (app: NestFastifyApplication): void => {
    const operations = listOperations(table);
    const byRoute = new Map(operations.map((each) => [`${each.method} ${routePath(each.path)}`, each]));
    const answered = new Set<string>();
    const verifier = operations.some(({ access }) => needsToken(access))
      ? app.get<TokenVerifier>(TOKEN_VERIFIER)
      : null;
    const fastify = app.getHttpAdapter().getInstance();

    fastify.addHook('onRoute', (route) => {
      if (route.config?.undescribed) return;
      for (const method of [route.method].flat()) {
        // Fastify answers HEAD wherever it answers GET, and asks for the same token.
        const operation = byRoute.get(`${method === 'HEAD' ? 'GET' : method} ${route.url}`);
        if (operation === undefined) throw new Error(unknownRoute(service, method, route.url));
        // Serving counts in microseconds: its own hook does it.
        if (operation.access !== 'viewer-off-loopback') keepPrivate(route);
        if (verifier !== null) lookAtToken(route, operation, verifier);
        if (method === 'HEAD') continue;
        if (answered.has(operation.name)) throw new Error(twice(service, operation));
        answered.add(operation.name);
      }
    });
    fastify.addHook('onReady', async () => {
      const missing = operations.filter(({ name }) => !answered.has(name));
      if (missing.length > 0) throw new Error(unanswered(service, missing));
    });
  };

function lookAtToken(route: RouteOptions, { access }: NamedOperation, verifier: TokenVerifier): void {
  if (!needsToken(access)) return;
  const others = [route.onRequest ?? []].flat();
  route.onRequest = [
    async (request) => {
      request.principal = await authorize(verifier, request.headers.authorization, access);
    },
    ...others,
  ];
}

function keepPrivate(route: RouteOptions): void {
  const others = [route.onRequest ?? []].flat();
  route.onRequest = [
    (_request, reply, done) => {
      reply.headers(PRIVATE);
      done();
    },
    ...others,
  ];
}

const place = ({ name, method, path }: NamedOperation): string => `"${name}" (${method} ${path})`;

const unknownRoute = (service: string, method: string, url: string): string =>
  `${service} has a handler for ${method} ${url}, which is none of its operations. Describe it in the table of its area in libs/contracts/http, list the area under ${service} in libs/contracts/http/services.ts, or remove the handler.`;

const twice = (service: string, operation: NamedOperation): string =>
  `${service} has two handlers for the operation ${place(operation)}. Remove one of them.`;

const unanswered = (service: string, missing: readonly NamedOperation[]): string =>
  `${service} has no handler for the operation${missing.length === 1 ? '' : 's'} ${missing.map(place).join(', ')}. Write a controller method with @Operation('${missing[0]?.name}') and list its controller in the module, or take the operation out of libs/contracts/http.`;
