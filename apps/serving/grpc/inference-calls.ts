import {
  type handleBidiStreamingCall,
  type handleUnaryCall,
  type Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { Inject, Injectable } from '@nestjs/common';
import { Histogram } from 'prom-client';
import type { ServerMetadata } from '#contracts/http/inference';
import { authorize } from '#platform/auth/auth';
import type { Logger } from '#platform/logging';
import { ProblemError } from '#platform/problem';
import { TokensFileVerifier } from '../access/tokens-file.js';
import { SERVING_CONFIG, type ServingConfig } from '../config.js';
import { RateLimit } from '../http/rate-limit.js';
import { AboutModels } from '../inference/about-models.js';
import { Catalogue } from '../inference/catalogue.js';
import { expectNoExtension } from '../inference/extensions.js';
import { Inference } from '../inference/inference.js';
import { OUTPUTS, outputTensors } from '../inference/response.js';
import { expectNamesOnce, InferRequestError } from '../inference/tensor.js';
import { LOGGER } from '../keys.js';
import { outputsOf, parametersOf, tensorsOf } from './grpc-tensors.js';
import type {
  ModelInferRequest,
  ModelInferResponse,
  ModelRequest,
  ModelStreamInferResponse,
  RepositoryIndexRequest,
} from './messages.js';

const grpcSeconds = new Histogram({
  name: 'ratchet_serving_grpc_infer_seconds',
  help: 'From a decoded gRPC infer request to its answer.',
  buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
});

/** The calls of inference.GRPCInferenceService. */
@Injectable()
export class InferenceCalls {
  constructor(
    @Inject(Inference) private readonly inference: Inference,
    @Inject(Catalogue) private readonly catalogue: Catalogue,
    @Inject(AboutModels) private readonly models: AboutModels,
    @Inject(RateLimit) private readonly rate: RateLimit,
    @Inject(TokensFileVerifier) private readonly tokens: TokensFileVerifier,
    @Inject(SERVING_CONFIG) private readonly config: ServingConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  handlers() {
    const { catalogue, models } = this;
    return {
      ServerLive: this.unary((_: object) => ({ live: true })),
      ServerReady: this.unary((_: object) => ({ ready: catalogue.ready() })),
      ServerMetadata: this.unary((_: object): ServerMetadata => catalogue.server()),
      ModelReady: this.unary(({ name, version }: ModelRequest) => ({ ready: catalogue.isReady(name, given(version)) })),
      ModelMetadata: this.unary(({ name, version }: ModelRequest) => catalogue.metadata(name, given(version))),
      ModelConfig: this.unary(({ name, version }: ModelRequest) => ({
        config: models.configuration(name, given(version)),
      })),
      ModelStatistics: this.unary(({ name, version }: ModelRequest) => models.statistics(given(name), given(version))),
      RepositoryIndex: this.unary(({ ready }: RepositoryIndexRequest) => ({ models: models.index(ready) })),
      ModelInfer: this.unary((request: ModelInferRequest) => this.infer(request)),
      ModelStreamInfer: this.stream(),
    };
  }

  private infer(request: ModelInferRequest): ModelInferResponse {
    this.rate.take();
    const start = performance.now();
    expectNamesOnce(request.outputs, 'outputs');
    for (const { name, parameters } of request.outputs) expectNoExtension(parameters, `output "${name}"`);
    const { served, scores, parameters } = this.inference.evaluate(
      request.model_name,
      given(request.model_version),
      () => tensorsOf(request),
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

  private unary<Request, Response>(
    answer: (request: Request) => Response | Promise<Response>,
  ): handleUnaryCall<Request, Response> {
    return (call, callback) => {
      this.allow(call.metadata)
        .then(() => answer(call.request))
        .then(
          (response) => callback(null, response),
          (error: unknown) => callback(this.errorOf(error)),
        );
    };
  }

  /** One answer a request, in their order. A request that is refused does not end the stream; a missing token does. */
  private stream(): handleBidiStreamingCall<ModelInferRequest, ModelStreamInferResponse> {
    return (call) => {
      const allowed = this.allow(call.metadata);
      allowed.catch((error: unknown) => call.emit('error', this.errorOf(error)));
      call.on('data', (request: ModelInferRequest) => {
        // A caller that does not read its answers is not read from either.
        call.pause();
        void allowed.then(
          () => {
            if (call.write(this.streamed(request))) call.resume();
            else call.once('drain', () => call.resume());
          },
          () => {},
        );
      });
      call.on(
        'end',
        () =>
          void allowed.then(
            () => call.end(),
            () => {},
          ),
      );
    };
  }

  private streamed(request: ModelInferRequest): ModelStreamInferResponse {
    try {
      return { error_message: '', infer_response: this.infer(request) };
    } catch (error) {
      const { details = '' } = this.errorOf(error);
      // Triton's way to say which request it was.
      return { error_message: details, infer_response: { ...NOTHING, id: request.id } };
    }
  }

  private async allow(metadata: Metadata): Promise<void> {
    if (this.config.loopback) return;
    const [authorization] = metadata.get('authorization');
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

/** An empty text stands for a field that was left out. */
const given = (text: string): string | undefined => (text === '' ? undefined : text);

const NOTHING: ModelInferResponse = {
  model_name: '',
  model_version: '',
  id: '',
  parameters: {},
  outputs: [],
  raw_output_contents: [],
};

const CODES: Record<number, status> = {
  400: status.INVALID_ARGUMENT,
  401: status.UNAUTHENTICATED,
  403: status.PERMISSION_DENIED,
  404: status.NOT_FOUND,
  413: status.RESOURCE_EXHAUSTED,
  429: status.RESOURCE_EXHAUSTED,
  503: status.UNAVAILABLE,
};
