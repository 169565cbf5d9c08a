import { z } from 'zod';
import { type Access, listOperations, type NamedOperation, type OperationReply } from './http/operation.js';
import { Problem } from './http/problem.js';
import { SERVICES, type ServiceName } from './http/services.js';
import { type JsonObject, SchemaBook } from './json-schema.js';

/** The services that have an API of their own, each with a document in docs/openapi. */
export const DESCRIBED = [
  'registry',
  'serving',
  'feedback-ingest',
  'trainer',
] as const satisfies readonly ServiceName[];
export type DescribedService = (typeof DESCRIBED)[number];

const ACCESS: Record<Access, { security: JsonObject[]; sentence: string }> = {
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
function problemsOf(operation: NamedOperation): Record<number, string> {
  return {
    ...((operation.params || operation.query || operation.body) && {
      400: 'Not understood; `errors` names each field at fault.',
    }),
    ...(operation.access !== 'none' && { 401: 'No token, or an unknown one.' }),
    ...((operation.access === 'operator' || operation.access === 'admin') && { 403: "The token's role is too small." }),
    ...operation.problems,
  };
}

function parameters(book: SchemaBook, operation: NamedOperation): JsonObject[] {
  const of = (place: 'path' | 'query', shape: Record<string, z.ZodType>): JsonObject[] =>
    Object.entries(shape).map(([name, schema]) => ({
      name,
      in: place,
      required: place === 'path' || !schema.safeParse(undefined).success,
      schema: book.use(schema, 'input'),
    }));
  return [...of('path', shapeOf(operation.params)), ...of('query', shapeOf(operation.query))];
}

const shapeOf = (schema: z.ZodObject | undefined): Record<string, z.ZodType> =>
  Object.fromEntries(
    Object.entries(schema?.shape ?? {}).filter((entry): entry is [string, z.ZodType] => entry[1] instanceof z.ZodType),
  );

function requestBody(book: SchemaBook, body: NonNullable<NamedOperation['body']>): JsonObject {
  const schema = body.schema ? book.use(body.schema, 'input') : {};
  const types = body.contentTypes ?? ['application/json'];
  return {
    description: body.description,
    required: body.optional !== true,
    content: Object.fromEntries(types.map((type) => [type, { schema }])),
  };
}

function response(book: SchemaBook, reply: OperationReply): JsonObject {
  const type = reply.contentType ?? (reply.schema && 'application/json');
  return {
    description: reply.description,
    ...(type && {
      content: { [type]: { schema: reply.schema ? book.use(reply.schema, 'output') : { type: 'string' } } },
    }),
  };
}

function operationObject(book: SchemaBook, operation: NamedOperation): JsonObject {
  const params = parameters(book, operation);
  const problems = Object.entries(problemsOf(operation)).map(([status, text]) => [
    status,
    problem(book, operation.errors, text),
  ]);
  const replies = operation.replies.map((reply) => [String(reply.status), response(book, reply)]);
  return {
    operationId: operation.name,
    tags: [operation.tag],
    summary: operation.summary,
    description: [operation.description, ACCESS[operation.access].sentence].filter(Boolean).join(' '),
    'x-role': operation.access,
    security: ACCESS[operation.access].security,
    ...(params.length > 0 && { parameters: params }),
    ...(operation.body && { requestBody: requestBody(book, operation.body) }),
    responses: Object.fromEntries([...replies, ...problems]),
  };
}

function schemaBook(operations: readonly NamedOperation[]): SchemaBook {
  const present = (schemas: (z.ZodType | undefined)[]) => schemas.filter((schema) => schema !== undefined);
  return new SchemaBook(
    { draft: 'draft-2020-12', prefix: '#/components/schemas/' },
    {
      inputs: operations.flatMap((r) =>
        present([r.body?.schema, ...Object.values(shapeOf(r.params)), ...Object.values(shapeOf(r.query))]),
      ),
      outputs: [Problem, ...operations.flatMap((r) => present([r.errors, ...r.replies.map((reply) => reply.schema)]))],
    },
  );
}

/** The OpenAPI 3.1 document of a service. */
export function openApi(name: DescribedService, version: string): JsonObject {
  const service = SERVICES[name];
  const operations = listOperations(service.operations);
  const book = schemaBook(operations);
  const paths: Record<string, JsonObject> = {};
  for (const operation of operations) {
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method.toLowerCase()]: operationObject(book, operation),
    };
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
    tags: [...new Set(operations.map(({ tag }) => tag))].map((tag) => ({ name: tag })),
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
