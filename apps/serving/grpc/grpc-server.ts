import { fileURLToPath } from 'node:url';
import {
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { Inject, Injectable } from '@nestjs/common';
import { Histogram } from 'prom-client';
import type { ServerMetadata } from '#contracts/http/inference';
import { authorize } from '#platform/auth/auth';
import type { Logger } from '#platform/logging';
import { ProblemError } from '#platform/problem';
import { TokensFileVerifier } from '../access/tokens-file.js';
import { SERVING_CONFIG, type ServingConfig } from '../config.js';
import { RateLimit } from '../http/rate-limit.js';
import { Catalogue } from '../inference/catalogue.js';
import { Inference } from '../inference/inference.js';
import { OUTPUTS, outputTensors } from '../inference/response.js';
import { InferRequestError } from '../inference/tensor.js';
import { LOGGER } from '../injection.js';
import { outputsOf, parametersOf, tensorsOf } from './grpc-tensors.js';
import type { ModelInferRequest, ModelInferResponse, ModelRequest } from './messages.js';

const grpcSeconds = new Histogram({
  name: 'ratchet_serving_grpc_infer_seconds',
  help: 'From a decoded gRPC infer request to its answer.',
  buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
});

const SERVICE = 'inference.GRPCInferenceService';

/** The Open Inference Protocol over gRPC, for instances with a GRPC_PORT. */
@Injectable()
export class GrpcServer {
  private server: Server | null = null;

  constructor(
    @Inject(Inference) private readonly inference: Inference,
    @Inject(Catalogue) private readonly catalogue: Catalogue,
    @Inject(RateLimit) private readonly rate: RateLimit,
    @Inject(TokensFileVerifier) private readonly tokens: TokensFileVerifier,
    @Inject(SERVING_CONFIG) private readonly config: ServingConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Listens, if there is a port. */
  async start(): Promise<void> {
    const { GRPC_PORT: port, HOST: host, INFER_BODY_LIMIT: limit } = this.config;
    if (port === undefined) return;
    const file = fileURLToPath(new URL('./open-inference.proto', import.meta.url));
    const service = loadSync(file, { keepCase: true, longs: Number, defaults: true, oneofs: true })[SERVICE];
    if (service === undefined || 'format' in service) throw new Error(`${file} does not define ${SERVICE}`);
    const server = new Server({ 'grpc.max_receive_message_length': limit, 'grpc.max_send_message_length': -1 });
    server.addService(service, this.handlers());
    const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    const bound = await new Promise<number>((resolve, reject) => {
      server.bindAsync(authority, ServerCredentials.createInsecure(), (error, at) =>
        error ? reject(error) : resolve(at),
      );
    });
    this.server = server;
    this.logger.info({ port: bound }, 'answers gRPC');
  }

  /** Takes no more requests and resolves when those under way are answered. */
  async stop(): Promise<void> {
    const { server } = this;
    if (server === null) return;
    await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  }

  private handlers() {
    const { catalogue } = this;
    const versionOf = (version: string): string | undefined => (version === '' ? undefined : version);
    return {
      ServerLive: this.unary((_: object) => ({ live: true })),
      ServerReady: this.unary((_: object) => ({ ready: catalogue.ready() })),
      ServerMetadata: this.unary((_: object): ServerMetadata => catalogue.server()),
      ModelReady: this.unary(({ name, version }: ModelRequest) => ({
        ready: catalogue.isReady(name, versionOf(version)),
      })),
      ModelMetadata: this.unary(({ name, version }: ModelRequest) => catalogue.metadata(name, versionOf(version))),
      ModelInfer: this.unary((request: ModelInferRequest) => this.infer(request, versionOf(request.model_version))),
    };
  }

  private infer(request: ModelInferRequest, version: string | undefined): ModelInferResponse {
    this.rate.take();
    const start = performance.now();
    const { served, scores, parameters } = this.inference.evaluate(request.model_name, version, () =>
      tensorsOf(request),
    );
    const names = request.outputs.length > 0 ? request.outputs.map(({ name }) => name) : OUTPUTS;
    const raw = request.raw_input_contents.length > 0;
    const response = {
      model_name: served.model,
      model_version: served.ref.version,
      id: request.id,
      parameters: parametersOf(parameters),
      ...outputsOf(outputTensors(scores, names), raw),
    };
    grpcSeconds.observe((performance.now() - start) / 1000);
    return response;
  }

  private unary<Request, Response>(answer: (request: Request) => Response): handleUnaryCall<Request, Response> {
    return (call, callback) => {
      this.allow(call)
        .then(() => answer(call.request))
        .then(
          (response) => callback(null, response),
          (error: unknown) => callback(this.errorOf(error)),
        );
    };
  }

  private async allow<Request, Response>(call: ServerUnaryCall<Request, Response>): Promise<void> {
    if (this.config.loopback) return;
    const [authorization] = call.metadata.get('authorization');
    await authorize(this.tokens, authorization?.toString(), 'viewer');
  }

  private errorOf(error: unknown): Partial<ServiceError> {
    if (error instanceof InferRequestError)
      return { code: CODES[error.status] ?? status.UNKNOWN, details: error.message };
    if (error instanceof ProblemError) return { code: CODES[error.status] ?? status.UNKNOWN, details: error.detail };
    this.logger.error({ err: error }, 'gRPC request failed');
    return { code: status.INTERNAL, details: 'Something went wrong here; the log of the service says what.' };
  }
}

const CODES: Record<number, status> = {
  400: status.INVALID_ARGUMENT,
  401: status.UNAUTHENTICATED,
  403: status.PERMISSION_DENIED,
  404: status.NOT_FOUND,
  413: status.RESOURCE_EXHAUSTED,
  429: status.RESOURCE_EXHAUSTED,
  503: status.UNAVAILABLE,
};
