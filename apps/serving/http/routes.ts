import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Counter, Histogram } from 'prom-client';
import { RepositoryIndexRequest } from '#contracts/http/inference';
import { routeOf } from '#http/server/route';
import { authorize } from '#platform/auth/auth';
import type { Logger } from '#platform/logging';
import { assertHandleable, PRIVATE, ProblemError, problemOf } from '#platform/problem';
import { TokensFileVerifier } from '../access/tokens-file.js';
import { SERVING_CONFIG, type ServingConfig } from '../config.js';
import { readDecide, readStrict } from '../decide/decide-request.js';
import { ActionDecider } from '../decide/decider.js';
import { AboutModels } from '../inference/about-models.js';
import { Catalogue } from '../inference/catalogue.js';
import { type InferBody, Inference } from '../inference/inference.js';
import { InferRequestError } from '../inference/tensor.js';
import { LOGGER } from '../keys.js';
import { Drain } from '../lifecycle/drain.js';
import { sendWithOthers } from './answers.js';
import { takeCompressed } from './decompress.js';
import { HEADER_LENGTH, splitBody } from './infer-body.js';
import { parseJson } from './parse-json.js';
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

/** An error as the protocol has it. KServe's client reads the sentence only where the type says nothing more than JSON. */
const sendProtocolError = (reply: FastifyReply, status: number, error: string): FastifyReply =>
  reply
    .status(status)
    .header('content-type', 'application/json')
    .send(Buffer.from(JSON.stringify({ error })));

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
    @Inject(ActionDecider) private readonly decider: ActionDecider,
    @Inject(Inference) private readonly inference: Inference,
    @Inject(Catalogue) private readonly catalogue: Catalogue,
    @Inject(AboutModels) private readonly models: AboutModels,
    @Inject(Drain) private readonly drain: Drain,
    @Inject(RateLimit) private readonly rate: RateLimit,
    @Inject(TokensFileVerifier) private readonly tokens: TokensFileVerifier,
    @Inject(SERVING_CONFIG) private readonly config: ServingConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async register(fastify: FastifyInstance): Promise<void> {
    await fastify.register(async (scope) => this.registerDecide(scope));
    await fastify.register(async (scope) => this.registerInference(scope));
  }

  private registerDecide(scope: FastifyInstance): void {
    this.prepare(scope);
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
      try {
        done(null, decideBody(body.toString()));
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    });
    scope.setErrorHandler((error, _request, reply) => {
      const problem = problemOf(error);
      this.note('decide', problem.status, error);
      if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
      if (problem.status === 503 || problem.status === 429) reply.header('retry-after', '1');
      this.drain.mark(reply);
      reply.status(problem.status).header('content-type', 'application/problem+json').send(JSON.stringify(problem));
    });
    scope.route<{ Body: DecideBody | undefined; Querystring: Record<string, unknown> }>({
      ...routeOf('decide'),
      bodyLimit: this.config.DECIDE_BODY_LIMIT,
      handler: (request, reply) => {
        this.rate.take();
        const { json, text } = request.body ?? NO_DECISION;
        const { headers, query } = request;
        const answer = this.decider.decide(readDecide(json), text, headers.traceparent, readStrict(query));
        this.drain.mark(reply);
        sendWithOthers(reply.header('content-type', JSON_TYPE), answer, decideSeconds);
      },
    });
  }

  private registerInference(scope: FastifyInstance): void {
    this.prepare(scope);
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(['application/json', '*'], { parseAs: 'buffer' }, (request, body, done) => {
      try {
        done(null, splitBody(request.headers, Buffer.isBuffer(body) ? body : Buffer.from(body)));
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    });
    scope.setErrorHandler((error, request, reply) => {
      const { status, message } = inferErrorOf(error, request, this.config);
      this.note('infer', status, error);
      if (status === 401) reply.header('www-authenticate', 'Bearer');
      if (status === 503 || status === 429) reply.header('retry-after', '1');
      this.drain.mark(reply);
      sendProtocolError(reply, status, message);
    });
    scope.all('/v2/*', { config: { undescribed: true } }, (request, reply) => {
      sendProtocolError(reply, 404, `there is no ${request.method} ${request.url}; see docs/serving.md`);
    });
    scope.route({ ...routeOf('serverMetadata'), handler: () => this.catalogue.server() });
    scope.route({ ...routeOf('serverLive'), handler: () => ({ live: true }) });
    scope.route({
      ...routeOf('serverReady'),
      handler: (_request, reply) => {
        const ready = this.catalogue.ready();
        reply.status(ready ? 200 : 503).send({ ready });
      },
    });
    for (const name of ['modelMetadata', 'modelVersionMetadata'] as const)
      scope.route<{ Params: ModelParams }>({
        ...routeOf(name),
        handler: ({ params }) => this.catalogue.metadata(params.model, params.version),
      });
    for (const name of ['modelReady', 'modelVersionReady'] as const)
      scope.route<{ Params: ModelParams }>({
        ...routeOf(name),
        handler: ({ params }, reply) => {
          const ready = this.catalogue.isReady(params.model, params.version);
          const about = { name: params.model, ...(params.version === undefined ? {} : { version: params.version }) };
          const status = ready ? 200 : this.catalogue.isKnown(params.model, params.version) ? 503 : 404;
          reply.status(status).send({ ...about, ready });
        },
      });
    this.registerAboutModels(scope);
    for (const name of ['infer', 'inferVersion'] as const)
      scope.route<{ Params: ModelParams; Body: InferBody }>({
        ...routeOf(name),
        bodyLimit: this.config.INFER_BODY_LIMIT,
        handler: (request, reply) => {
          this.rate.take();
          const { model, version } = request.params;
          const { body, headerLength } = this.inference.infer(model, version, request.body ?? NO_BODY);
          this.drain.mark(reply);
          if (headerLength === null) reply.header('content-type', JSON_TYPE);
          else reply.header('content-type', 'application/octet-stream').header(HEADER_LENGTH, headerLength);
          sendWithOthers(reply, body, inferSeconds);
        },
      });
  }

  private registerAboutModels(scope: FastifyInstance): void {
    for (const name of ['modelConfig', 'modelVersionConfig'] as const)
      scope.route<{ Params: ModelParams }>({
        ...routeOf(name),
        handler: ({ params }) => this.models.configuration(params.model, params.version),
      });
    for (const name of ['statistics', 'modelStatistics', 'modelVersionStatistics'] as const)
      scope.route<{ Params: Partial<ModelParams> }>({
        ...routeOf(name),
        handler: ({ params }) => this.models.statistics(params.model, params.version),
      });
    scope.route<{ Body: InferBody | null }>({
      ...routeOf('repositoryIndex'),
      handler: ({ body }) => {
        const asked = RepositoryIndexRequest.safeParse(body?.json ?? {});
        if (!asked.success) throw new InferRequestError('ready: expected true or false');
        return this.models.index(asked.data.ready ?? false);
      },
    });
  }

  private prepare(scope: FastifyInstance): void {
    takeCompressed(scope);
    scope.decorateRequest('startedAt', 0);
    scope.addHook('onRequest', (request, reply, done) => {
      request.startedAt = performance.now();
      reply.headers(PRIVATE);
      done();
    });
    if (this.config.loopback) return;
    scope.addHook('onRequest', async (request) => {
      request.principal = await authorize(this.tokens, request.headers.authorization, 'viewer');
    });
  }

  private note(endpoint: string, status: number, error: unknown): void {
    refused.inc({ endpoint, status });
    if (status >= 500 && !(error instanceof ProblemError) && !(error instanceof InferRequestError))
      this.logger.error({ err: error, endpoint }, 'request failed');
  }
}

const NO_BODY: InferBody = { json: undefined, binary: null };

/** The body of a decide request: what was sent, and what that is. */
interface DecideBody {
  readonly text: string;
  readonly json: unknown;
}

const NO_DECISION: DecideBody = { text: '', json: undefined };

/** Decisions are logged to Kafka and stored: what could not be is refused here. */
function decideBody(sent: string): DecideBody {
  const text = sent.charCodeAt(0) === 0xfeff ? sent.slice(1) : sent;
  const parsed = parseJson(text);
  if (!parsed.ok) throw new ProblemError(400, 'Invalid request', `The body is not JSON: ${parsed.detail}`);
  assertHandleable(parsed.json, 'request', text.includes('\\u'));
  return { text, json: parsed.json };
}

function inferErrorOf(
  error: unknown,
  { headers }: FastifyRequest,
  { INFER_BODY_LIMIT: limit }: ServingConfig,
): { status: number; message: string } {
  if (error instanceof InferRequestError) return { status: error.status, message: error.message };
  const { status, detail } = problemOf(error);
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return {
      status,
      message: `header Content-Type is "${headers['content-type']}", expected application/json, or application/octet-stream for binary tensors`,
    };
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return { status, message: `the body has more than ${limit} bytes (INFER_BODY_LIMIT); send the batch in parts` };
  return { status, message: detail };
}
