import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Counter, Histogram } from 'prom-client';
import { authorize } from '#platform/auth/auth';
import type { Logger } from '#platform/logging';
import { ProblemError, problemOf } from '#platform/problem';
import { TokensFileVerifier } from '../access/tokens-file.js';
import { SERVING_CONFIG, type ServingConfig } from '../config.js';
import { readDecide } from '../decide/decide-request.js';
import { Decider } from '../decide/decider.js';
import { Catalogue } from '../inference/catalogue.js';
import { type InferBody, Inference } from '../inference/inference.js';
import { InferRequestError } from '../inference/tensor.js';
import { LOGGER } from '../injection.js';
import { Drain } from '../lifecycle/drain.js';
import { takeCompressed } from './decompress.js';
import { RateLimit } from './rate-limit.js';

const buckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];
const decideSeconds = new Histogram({
  name: 'ratchet_serving_decide_seconds',
  help: 'From the head of a decide request to its answer.',
  buckets,
});
const inferSeconds = new Histogram({
  name: 'ratchet_serving_infer_seconds',
  help: 'From the head of an infer request to its answer.',
  buckets,
});
const refused = new Counter({
  name: 'ratchet_serving_refused_total',
  help: 'Requests answered with an error, by status.',
  labelNames: ['endpoint', 'status'],
});

declare module 'fastify' {
  interface FastifyRequest {
    /** When its head had come, on performance.now()'s clock. */
    startedAt: number;
  }
}

const JSON_TYPE = 'application/json; charset=utf-8';
const HEADER_LENGTH = 'inference-header-content-length';

interface ModelParams {
  readonly model: string;
  readonly version?: string;
}

/**
 * The routes that answer predictions. They are Fastify's own, beside Nest's, with parsers and error forms of their own:
 * Nest's guards, pipes and filters would cost more than the prediction.
 */
@Injectable()
export class ServingRoutes {
  constructor(
    @Inject(Decider) private readonly decider: Decider,
    @Inject(Inference) private readonly inference: Inference,
    @Inject(Catalogue) private readonly catalogue: Catalogue,
    @Inject(Drain) private readonly drain: Drain,
    @Inject(RateLimit) private readonly rate: RateLimit,
    @Inject(TokensFileVerifier) private readonly tokens: TokensFileVerifier,
    @Inject(SERVING_CONFIG) private readonly config: ServingConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async register(fastify: FastifyInstance): Promise<void> {
    fastify.server.requestTimeout = this.config.REQUEST_TIMEOUT_MS;
    fastify.server.headersTimeout = this.config.REQUEST_TIMEOUT_MS;
    await fastify.register(async (scope) => this.registerDecide(scope));
    await fastify.register(async (scope) => this.registerInference(scope));
  }

  private registerDecide(scope: FastifyInstance): void {
    this.prepare(scope);
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
      const parsed = parseJson(body.toString());
      if (parsed.ok) done(null, parsed.json);
      else done(new ProblemError(400, 'Invalid request', `The body is not JSON: ${parsed.detail}`));
    });
    scope.setErrorHandler((error, _request, reply) => {
      const problem = problemOf(error);
      this.note('decide', problem.status, error);
      if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
      if (problem.status === 503 || problem.status === 429) reply.header('retry-after', '1');
      this.drain.mark(reply);
      reply.status(problem.status).header('content-type', 'application/problem+json').send(JSON.stringify(problem));
    });
    scope.post('/v1/decide', { bodyLimit: this.config.DECIDE_BODY_LIMIT }, (request, reply) => {
      this.rate.take();
      const answer = this.decider.decide(readDecide(request.body), request.headers.traceparent);
      this.observe(decideSeconds, request);
      this.drain.mark(reply);
      reply.header('content-type', JSON_TYPE).send(answer);
    });
  }

  private registerInference(scope: FastifyInstance): void {
    this.prepare(scope);
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(['application/json', '*'], { parseAs: 'buffer' }, (request, body, done) => {
      try {
        done(null, splitBody(request, Buffer.isBuffer(body) ? body : Buffer.from(body)));
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    });
    scope.setErrorHandler((error, _request, reply) => {
      const { status, message } = inferErrorOf(error);
      this.note('infer', status, error);
      if (status === 401) reply.header('www-authenticate', 'Bearer');
      if (status === 503 || status === 429) reply.header('retry-after', '1');
      this.drain.mark(reply);
      reply
        .status(status)
        .header('content-type', JSON_TYPE)
        .send(JSON.stringify({ error: message }));
    });
    scope.all('/v2/*', (request, reply) => {
      reply.status(404).send({ error: `there is no ${request.method} ${request.url}; see docs/serving.md` });
    });
    scope.get('/v2', () => this.catalogue.server());
    scope.get('/v2/health/live', () => ({ live: true }));
    scope.get('/v2/health/ready', (_request, reply) => {
      const ready = this.catalogue.ready();
      reply.status(ready ? 200 : 503).send({ ready });
    });
    for (const path of ['/v2/models/:model', '/v2/models/:model/versions/:version']) {
      scope.get<{ Params: ModelParams }>(path, ({ params }) => this.catalogue.metadata(params.model, params.version));
      scope.get<{ Params: ModelParams }>(`${path}/ready`, ({ params }, reply) => {
        const ready = this.catalogue.isReady(params.model, params.version);
        const about = { name: params.model, ...(params.version === undefined ? {} : { version: params.version }) };
        reply.status(ready ? 200 : 503).send({ ...about, ready });
      });
      scope.post<{ Params: ModelParams; Body: InferBody }>(
        `${path}/infer`,
        { bodyLimit: this.config.INFER_BODY_LIMIT },
        (request, reply) => {
          this.rate.take();
          const { model, version } = request.params;
          const { body, headerLength } = this.inference.infer(model, version, request.body ?? NO_BODY);
          this.observe(inferSeconds, request);
          this.drain.mark(reply);
          if (headerLength === null) reply.header('content-type', JSON_TYPE);
          else reply.header('content-type', 'application/octet-stream').header(HEADER_LENGTH, headerLength);
          reply.send(body);
        },
      );
    }
  }

  private prepare(scope: FastifyInstance): void {
    takeCompressed(scope);
    scope.decorateRequest('startedAt', 0);
    scope.addHook('onRequest', (request, _reply, done) => {
      request.startedAt = performance.now();
      done();
    });
    if (this.config.loopback) return;
    scope.addHook('onRequest', async (request) => {
      request.principal = await authorize(this.tokens, request.headers.authorization, 'viewer');
    });
  }

  private observe(histogram: Histogram, request: FastifyRequest): void {
    histogram.observe((performance.now() - request.startedAt) / 1000);
  }

  private note(endpoint: string, status: number, error: unknown): void {
    refused.inc({ endpoint, status });
    if (status >= 500 && !(error instanceof ProblemError) && !(error instanceof InferRequestError))
      this.logger.error({ err: error, endpoint }, 'request failed');
  }
}

const NO_BODY: InferBody = { json: undefined, binary: null };

function parseJson(text: string): { ok: true; json: unknown } | { ok: false; detail: string } {
  try {
    return { ok: true, json: JSON.parse(text) };
  } catch (error) {
    return { ok: false, detail: withoutQuotation(error instanceof Error ? error.message : String(error)) };
  }
}

/** V8 quotes the text around what it did not expect; what was sent stays with its sender. */
const withoutQuotation = (message: string): string => message.replace(/,? *(?:\.\.\.)?"[\s\S]*$/, '');

/** Takes the JSON in front of binary tensors apart from them. Throws InferRequestError. */
function splitBody(request: FastifyRequest, body: Buffer): InferBody {
  const announced = request.headers[HEADER_LENGTH];
  const length = announced === undefined ? body.length : Number(announced);
  if (!Number.isSafeInteger(length) || length < 0 || length > body.length)
    throw new InferRequestError(
      `header Inference-Header-Content-Length is ${String(announced)}, expected a number of bytes up to ${body.length}`,
    );
  const parsed = parseJson(body.toString('utf8', 0, length));
  if (!parsed.ok) throw new InferRequestError(`the body is not JSON: ${parsed.detail}`);
  return { json: parsed.json, binary: announced === undefined ? null : body.subarray(length) };
}

function inferErrorOf(error: unknown): { status: number; message: string } {
  if (error instanceof InferRequestError) return { status: error.status, message: error.message };
  const { status, detail } = problemOf(error);
  return { status, message: detail };
}
