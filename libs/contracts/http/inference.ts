/** The REST bodies of the Open Inference Protocol V2 (github.com/kserve/open-inference-protocol). */
import { z } from 'zod';
import { defineOperations } from './operation.js';

/** Scalars that say something about a request, a tensor or an answer. */
export const InferParameters = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

export const Datatype = z.enum([
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'BF16',
  'FP32',
  'FP64',
  'BYTES',
]);
export type Datatype = z.infer<typeof Datatype>;

/** `GET /v2` */
export const ServerMetadata = z
  .object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) })
  .meta({ id: 'ServerMetadata' });
export type ServerMetadata = z.infer<typeof ServerMetadata>;

const TensorMetadata = z.object({ name: z.string(), datatype: Datatype, shape: z.array(z.int()) });

/** `GET /v2/models/{m}` and `GET /v2/models/{m}/versions/{v}` */
export const ModelMetadata = z
  .object({
    name: z.string(),
    /** Versions in memory, the live one first. */
    versions: z.array(z.string()),
    platform: z.string(),
    /** One matrix of encoded columns. */
    inputs: z.array(TensorMetadata),
    outputs: z.array(TensorMetadata),
    /** The other way to ask: one tensor per raw feature, each with one entry per row. Any may be left out. */
    raw_inputs: z.array(TensorMetadata),
    /** Names of the matrix's columns. */
    columns: z.array(z.string()),
  })
  .meta({ id: 'ModelMetadata' });
export type ModelMetadata = z.infer<typeof ModelMetadata>;

/** `GET /v2/models/{m}[/versions/{v}]/config`: what Triton's clients ask for, as far as it means something here. */
export const ModelConfiguration = z
  .object({
    name: z.string(),
    platform: z.string(),
    backend: z.string(),
    /** Rows a request may have; the dimension of the batch is left out of `dims`. */
    max_batch_size: z.int().min(1),
    input: z.array(z.object({ name: z.string(), data_type: z.string(), dims: z.array(z.int()) })),
    output: z.array(z.object({ name: z.string(), data_type: z.string(), dims: z.array(z.int()) })),
    model_transaction_policy: z.object({ decoupled: z.literal(false) }),
  })
  .meta({ id: 'ModelConfiguration' });
export type ModelConfiguration = z.infer<typeof ModelConfiguration>;

/** How often something was done, and how many nanoseconds it took altogether. */
const StatisticDuration = z.object({ count: z.int().min(0), ns: z.int().min(0) });

/** `GET /v2/models/stats` and `GET /v2/models/{m}[/versions/{v}]/stats`, of the infer requests since a version was loaded. */
export const ModelStatistics = z
  .object({
    model_stats: z.array(
      z.object({
        name: z.string(),
        version: z.string(),
        /** Milliseconds since 1970; 0 for never. */
        last_inference: z.int().min(0),
        /** Rows. */
        inference_count: z.int().min(0),
        /** Requests. */
        execution_count: z.int().min(0),
        inference_stats: z.object({
          success: StatisticDuration,
          fail: StatisticDuration,
          /** Nothing waits here. */
          queue: StatisticDuration,
          compute_input: StatisticDuration,
          compute_infer: StatisticDuration,
          compute_output: StatisticDuration,
        }),
      }),
    ),
  })
  .meta({ id: 'ModelStatistics' });
export type ModelStatistics = z.infer<typeof ModelStatistics>;

/** `POST /v2/repository/index` */
export const RepositoryIndexRequest = z
  .object({
    /** Only what can be asked. */
    ready: z.boolean().optional(),
  })
  .meta({ id: 'RepositoryIndexRequest' });

export const RepositoryIndex = z
  .array(
    z.object({ name: z.string(), version: z.string(), state: z.enum(['READY', 'UNAVAILABLE']), reason: z.string() }),
  )
  .meta({ id: 'RepositoryIndex' });
export type RepositoryIndex = z.infer<typeof RepositoryIndex>;

export const InferInput = z.object({
  name: z.string(),
  shape: z.array(z.int().min(0)),
  datatype: Datatype,
  parameters: InferParameters.optional(),
  /** Flat in row-major order or nested; null is a missing number. Left out where the binary extension carries it. */
  data: z.array(z.unknown()).optional(),
});
export type InferInput = z.infer<typeof InferInput>;

/** `POST /v2/models/{m}[/versions/{v}]/infer` */
export const InferRequest = z
  .object({
    id: z.string().optional(),
    parameters: InferParameters.optional(),
    inputs: z.array(InferInput).min(1),
    /** All outputs if left out. */
    outputs: z.array(z.object({ name: z.string(), parameters: InferParameters.optional() })).optional(),
  })
  .meta({
    id: 'InferRequest',
    examples: [
      {
        inputs: [
          { name: 'url', shape: [1], datatype: 'BYTES', data: ['https://forum.example.org/t/1'] },
          { name: 'da', shape: [1], datatype: 'FP32', data: [44] },
        ],
      },
    ],
  });
export type InferRequest = z.infer<typeof InferRequest>;

export const InferResponse = z
  .object({
    model_name: z.string(),
    model_version: z.string(),
    id: z.string().optional(),
    parameters: InferParameters.optional(),
    outputs: z.array(
      z.object({
        name: z.string(),
        shape: z.array(z.int()),
        datatype: Datatype,
        parameters: InferParameters.optional(),
        data: z.array(z.unknown()).optional(),
      }),
    ),
  })
  .meta({ id: 'InferResponse' });
export type InferResponse = z.infer<typeof InferResponse>;

/** Any error. */
export const InferError = z.object({ error: z.string() }).meta({ id: 'InferError' });
export type InferError = z.infer<typeof InferError>;

const ofModel = z.object({ model: z.string() });
const ofVersion = ofModel.extend({ version: z.string() });

const shared = { tag: 'open inference protocol', access: 'viewer-off-loopback', errors: InferError } as const;
const missing = { 404: 'There is no such model, or this version is not in memory.' } as const;

/** Each operation on a model exists for the live version and for any version in memory. */
const metadata = {
  ...shared,
  method: 'GET',
  summary: 'Inputs, outputs and columns of a model.',
  replies: [{ status: 200, description: 'The model.', schema: ModelMetadata }],
  problems: missing,
} as const;

const Ready = z.object({ name: z.string(), version: z.string().optional(), ready: z.boolean() });
const readiness = {
  ...shared,
  method: 'GET',
  summary: 'Whether it can be asked.',
  replies: [
    { status: 200, description: 'Ready.', schema: Ready },
    { status: 404, description: 'There is no such model or version.', schema: Ready },
    { status: 503, description: 'It is being loaded.', schema: Ready },
  ],
} as const;

const inference = {
  ...shared,
  method: 'POST',
  summary: 'Probabilities for rows, given as one tensor per raw feature or as one encoded matrix.',
  description:
    'Tensors may travel behind the JSON as raw bytes (binary tensor data extension, header Inference-Header-Content-Length).',
  body: {
    description: 'The tensors.',
    schema: InferRequest,
    contentTypes: ['application/json', 'application/octet-stream'],
  },
  replies: [{ status: 200, description: 'The output tensors.', schema: InferResponse }],
  problems: missing,
} as const;

/** The REST side of the Open Inference Protocol V2, by which inference servers and their clients talk. */
const configuration = {
  ...shared,
  method: 'GET',
  summary: 'Inputs, outputs and the largest batch of a model, as Triton’s clients ask for them.',
  replies: [{ status: 200, description: 'The configuration.', schema: ModelConfiguration }],
  problems: missing,
} as const;

const statistics = {
  ...shared,
  method: 'GET',
  summary: 'How many infer requests and rows were answered, and how long that took.',
  replies: [{ status: 200, description: 'One entry per version in memory.', schema: ModelStatistics }],
  problems: missing,
} as const;

export const INFERENCE_OPERATIONS = defineOperations({
  serverMetadata: {
    ...shared,
    method: 'GET',
    path: '/v2',
    summary: 'Name, version and extensions of the server.',
    replies: [{ status: 200, description: 'The server.', schema: ServerMetadata }],
  },
  serverLive: {
    ...shared,
    method: 'GET',
    path: '/v2/health/live',
    summary: 'The server answers.',
    replies: [{ status: 200, description: 'Live.', schema: z.object({ live: z.boolean() }) }],
  },
  serverReady: {
    ...shared,
    method: 'GET',
    path: '/v2/health/ready',
    summary: 'Every model can be asked.',
    replies: [
      { status: 200, description: 'Ready.', schema: z.object({ ready: z.boolean() }) },
      { status: 503, description: 'Not ready.', schema: z.object({ ready: z.boolean() }) },
    ],
  },
  modelMetadata: { ...metadata, path: '/v2/models/{model}', params: ofModel },
  modelVersionMetadata: { ...metadata, path: '/v2/models/{model}/versions/{version}', params: ofVersion },
  modelReady: { ...readiness, path: '/v2/models/{model}/ready', params: ofModel },
  modelVersionReady: { ...readiness, path: '/v2/models/{model}/versions/{version}/ready', params: ofVersion },
  modelConfig: { ...configuration, path: '/v2/models/{model}/config', params: ofModel },
  modelVersionConfig: { ...configuration, path: '/v2/models/{model}/versions/{version}/config', params: ofVersion },
  statistics: { ...statistics, path: '/v2/models/stats' },
  modelStatistics: { ...statistics, path: '/v2/models/{model}/stats', params: ofModel },
  modelVersionStatistics: { ...statistics, path: '/v2/models/{model}/versions/{version}/stats', params: ofVersion },
  repositoryIndex: {
    ...shared,
    method: 'POST',
    path: '/v2/repository/index',
    summary: 'The versions in memory, and the models whose live version is not there yet.',
    body: { description: 'Which of them.', schema: RepositoryIndexRequest, optional: true },
    replies: [{ status: 200, description: 'The index.', schema: RepositoryIndex }],
  },
  infer: { ...inference, path: '/v2/models/{model}/infer', params: ofModel },
  inferVersion: { ...inference, path: '/v2/models/{model}/versions/{version}/infer', params: ofVersion },
});
