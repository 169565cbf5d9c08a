import { z } from 'zod';
import { INFERENCE_ROUTES } from './http/inference-routes.js';
import { Problem } from './http/problem.js';
import type { Route, RouteAccess, RouteReply } from './http/route.js';
import { COMMON_ROUTES, INGEST_ROUTES, REGISTRY_ROUTES, SERVING_ROUTES } from './http/routes.js';
import { type JsonObject, SchemaBook } from './json-schema.js';

interface Service {
  readonly title: string;
  readonly description: string;
  readonly port: number;
  readonly routes: readonly Route[];
}

/** The services that have an API, by the name of their file in docs/openapi. */
export const SERVICES = {
  registry: {
    title: 'Ratchet registry',
    description:
      'Versions, deployments, rollbacks, training runs and the audit log. The only writer of what should be live.',
    port: 7400,
    routes: [...REGISTRY_ROUTES, ...COMMON_ROUTES],
  },
  serving: {
    title: 'Ratchet serving',
    description: 'Decisions of the live version, as one recommendation or by the Open Inference Protocol V2.',
    port: 7410,
    routes: [...SERVING_ROUTES, ...INFERENCE_ROUTES, ...COMMON_ROUTES],
  },
  'feedback-ingest': {
    title: 'Ratchet feedback-ingest',
    description: 'Files and the historical API, into the dataset exactly once.',
    port: 7420,
    routes: [...INGEST_ROUTES, ...COMMON_ROUTES],
  },
} as const satisfies Record<string, Service>;

export type ServiceName = keyof typeof SERVICES;

const ACCESS: Record<RouteAccess, { security: JsonObject[]; sentence: string }> = {
  none: { security: [], sentence: 'Needs no token.' },
  'viewer-off-loopback': {
    security: [{}, { token: [] }],
    sentence: 'Needs no token where the instance listens on loopback only, else the role viewer.',
  },
  viewer: { security: [{ token: [] }], sentence: 'Needs the role viewer.' },
  operator: { security: [{ token: [] }], sentence: 'Needs the role operator.' },
  admin: { security: [{ token: [] }], sentence: 'Needs the role admin.' },
};

const problem = (book: SchemaBook, errors: z.ZodType | undefined, description: string): JsonObject => ({
  description,
  content: errors
    ? { 'application/json': { schema: book.use(errors, 'output') } }
    : { 'application/problem+json': { schema: book.use(Problem, 'output') } },
});

/** A 400 wherever there is input, 401 and 403 wherever there is a token. */
function problemsOf(route: Route): Record<number, string> {
  return {
    ...((route.params || route.query || route.body) && { 400: 'Not understood; `errors` names each field at fault.' }),
    ...(route.access !== 'none' && { 401: 'No token, or an unknown one.' }),
    ...((route.access === 'operator' || route.access === 'admin') && { 403: "The token's role is too small." }),
    ...route.problems,
  };
}

function parameters(book: SchemaBook, route: Route): JsonObject[] {
  const of = (place: 'path' | 'query', shape: Record<string, z.ZodType>): JsonObject[] =>
    Object.entries(shape).map(([name, schema]) => ({
      name,
      in: place,
      required: place === 'path' || !schema.safeParse(undefined).success,
      schema: book.use(schema, 'input'),
    }));
  return [...of('path', shapeOf(route.params)), ...of('query', shapeOf(route.query))];
}

const shapeOf = (schema: z.ZodObject | undefined): Record<string, z.ZodType> =>
  Object.fromEntries(
    Object.entries(schema?.shape ?? {}).filter((entry): entry is [string, z.ZodType] => entry[1] instanceof z.ZodType),
  );

function requestBody(book: SchemaBook, body: NonNullable<Route['body']>): JsonObject {
  const schema = body.schema ? book.use(body.schema, 'input') : {};
  const types = body.contentTypes ?? ['application/json'];
  return {
    description: body.description,
    required: body.optional !== true,
    content: Object.fromEntries(types.map((type) => [type, { schema }])),
  };
}

function response(book: SchemaBook, reply: RouteReply): JsonObject {
  const type = reply.contentType ?? (reply.schema && 'application/json');
  return {
    description: reply.description,
    ...(type && {
      content: { [type]: { schema: reply.schema ? book.use(reply.schema, 'output') : { type: 'string' } } },
    }),
  };
}

function operation(book: SchemaBook, route: Route): JsonObject {
  const params = parameters(book, route);
  const problems = Object.entries(problemsOf(route)).map(([status, text]) => [
    status,
    problem(book, route.errors, text),
  ]);
  const replies = route.replies.map((reply) => [String(reply.status), response(book, reply)]);
  return {
    operationId: route.operation,
    tags: [route.tag],
    summary: route.summary,
    description: [route.description, ACCESS[route.access].sentence].filter(Boolean).join(' '),
    'x-role': route.access,
    security: ACCESS[route.access].security,
    ...(params.length > 0 && { parameters: params }),
    ...(route.body && { requestBody: requestBody(book, route.body) }),
    responses: Object.fromEntries([...replies, ...problems]),
  };
}

function schemaBook(routes: readonly Route[]): SchemaBook {
  const present = (schemas: (z.ZodType | undefined)[]) => schemas.filter((schema) => schema !== undefined);
  return new SchemaBook(
    { draft: 'draft-2020-12', prefix: '#/components/schemas/' },
    {
      inputs: routes.flatMap((r) =>
        present([r.body?.schema, ...Object.values(shapeOf(r.params)), ...Object.values(shapeOf(r.query))]),
      ),
      outputs: [Problem, ...routes.flatMap((r) => present([r.errors, ...r.replies.map((reply) => reply.schema)]))],
    },
  );
}

/** The OpenAPI 3.1 document of a service. */
export function openApi(name: ServiceName, version: string): JsonObject {
  const service: Service = SERVICES[name];
  const book = schemaBook(service.routes);
  const paths: Record<string, JsonObject> = {};
  for (const route of service.routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(book, route) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: service.title,
      version,
      description: service.description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: `http://127.0.0.1:${service.port}`, description: 'What npm start brings up.' }],
    tags: [...new Set(service.routes.map((r) => r.tag))].map((tag) => ({ name: tag })),
    paths,
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'A token of `ratchet token create`; locally RATCHET_HOME/token.',
        },
      },
      schemas: book.components(),
    },
  };
}
