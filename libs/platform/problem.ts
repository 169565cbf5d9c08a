import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, type PipeTransform } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { Problem } from '#contracts/http/problem';
import { classifyFailure } from '#domain/failures/classify';
import { assertWithin, ForeignJsonError } from '#domain/foreign/json';
import { JSON_LIMITS } from '#domain/foreign/json-limits';
import type { Logger } from './logging.js';

export interface FieldError {
  field: string;
  detail: string;
}

/** An error that is the caller's to read: becomes RFC 9457 problem details. */
export class ProblemError extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly errors?: FieldError[],
  ) {
    super(detail);
    this.name = 'ProblemError';
  }

  toProblem(): Problem {
    return {
      type: 'about:blank',
      title: this.title,
      status: this.status,
      detail: this.detail,
      ...(this.errors ? { errors: this.errors } : {}),
    };
  }
}

/** The fields a validation found at fault, as `site.url`, each with what was expected. */
export function fieldErrors(error: z.ZodError): FieldError[] {
  return error.issues.map((issue) => ({ field: issue.path.map(String).join('.') || '(body)', detail: issue.message }));
}

/** The gate for foreign JSON, as a 400: what is too deep or too large to handle, or holds what nothing can store. */
export function assertHandleable(input: unknown, what = 'request', escapes = true): void {
  try {
    assertWithin(input, JSON_LIMITS, escapes);
  } catch (error) {
    if (!(error instanceof ForeignJsonError)) throw error;
    const field = error.field ?? '(body)';
    const detail = `The ${what} was not understood: ${field}: ${error.message}`;
    throw new ProblemError(400, 'Invalid request', detail, [{ field, detail: error.message }]);
  }
}

/** Validates input against a contract, once it is fit to be handled; throws a 400 that names the fields. */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown, what = 'request'): z.infer<S> {
  assertHandleable(input, what);
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const errors = fieldErrors(parsed.error);
  const summary = errors.map((e) => `${e.field}: ${e.detail}`).join('; ');
  throw new ProblemError(400, 'Invalid request', `The ${what} was not understood: ${summary}`, errors);
}

/** Nest pipe around {@link parseInput}: `@Body(zodBody(DeployBody))`. */
export function zodBody<S extends z.ZodType>(schema: S): PipeTransform<unknown, z.infer<S>> {
  return { transform: (value) => parseInput(schema, value ?? {}, 'request') };
}

const TITLES: Record<number, string> = {
  400: 'Bad request',
  401: 'Not signed in',
  403: 'Not allowed',
  404: 'Not found',
  408: 'Too slow',
  409: 'Conflict',
  413: 'Too large',
  415: 'Unsupported media type',
  429: 'Too many requests',
  503: 'Not available',
};

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  // Fastify's own errors (body too large, malformed JSON) carry their status.
  if (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number') return error.statusCode;
  return 500;
}

const AWAY =
  'Something that the service needs (Postgres, Kafka, the artifact store) does not answer just now; its /health/ready and its log say what. Try again once it does.';

/** Any error as problem details. What is not the caller's fault is logged and not shown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.toProblem();
  const status = statusOf(error);
  if (status === 500 && classifyFailure(error) === 'temporary')
    return { type: 'about:blank', title: 'Not available', status: 503, detail: AWAY };
  const detail =
    status >= 500 || !(error instanceof Error)
      ? 'Something went wrong here; the log of the service says what.'
      : error.message;
  return { type: 'about:blank', title: TITLES[status] ?? 'Internal error', status, detail };
}

/** An answer of the API is for who asked, now, and is nothing but what its content type says. */
export const PRIVATE = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const;

/** Answers with a problem; a 401 says how to sign in. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
  return reply.status(problem.status).headers(PRIVATE).header('content-type', 'application/problem+json').send(problem);
}

/** Every error of a controller becomes application/problem+json. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const problem = problemOf(error);
    if (problem.status >= 500) this.logger.error({ err: error }, 'request failed');
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (reply.sent || reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    sendProblem(reply, problem);
  }
}
