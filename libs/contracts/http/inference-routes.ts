import { z } from 'zod';
import { InferError, InferRequest, InferResponse, ModelMetadata, ServerMetadata } from './inference.js';
import type { Route } from './route.js';

const ofModel = z.object({ model: z.string() });
const ofVersion = ofModel.extend({ version: z.string() });

const shared = { tag: 'open inference protocol', access: 'viewer-off-loopback', errors: InferError } as const;

const missing = { 404: 'There is no such model, or this version is not in memory.' };

/** Each operation on a model exists for the live version and for any version in memory. */
const ofModelAndVersion = (route: (params: typeof ofModel, path: string, suffix: '' | 'Version') => Route): Route[] => [
  route(ofModel, '/v2/models/{model}', ''),
  route(ofVersion, '/v2/models/{model}/versions/{version}', 'Version'),
];

/** The REST side of the Open Inference Protocol V2, by which inference servers and their clients talk. */
export const INFERENCE_ROUTES: readonly Route[] = [
  {
    ...shared,
    method: 'GET',
    path: '/v2',
    operation: 'serverMetadata',
    summary: 'Name, version and extensions of the server.',
    replies: [{ status: 200, description: 'The server.', schema: ServerMetadata }],
  },
  {
    ...shared,
    method: 'GET',
    path: '/v2/health/live',
    operation: 'serverLive',
    summary: 'The server answers.',
    replies: [{ status: 200, description: 'Live.', schema: z.object({ live: z.boolean() }) }],
  },
  {
    ...shared,
    method: 'GET',
    path: '/v2/health/ready',
    operation: 'serverReady',
    summary: 'Every model can be asked.',
    replies: [
      { status: 200, description: 'Ready.', schema: z.object({ ready: z.boolean() }) },
      { status: 503, description: 'Not ready.', schema: z.object({ ready: z.boolean() }) },
    ],
  },
  ...ofModelAndVersion((params, path, suffix) => ({
    ...shared,
    method: 'GET',
    path,
    operation: `model${suffix}Metadata`,
    summary: 'Inputs, outputs and columns of a model.',
    params,
    replies: [{ status: 200, description: 'The model.', schema: ModelMetadata }],
    problems: missing,
  })),
  ...ofModelAndVersion((params, path, suffix) => ({
    ...shared,
    method: 'GET',
    path: `${path}/ready`,
    operation: `model${suffix}Ready`,
    summary: 'Whether it can be asked.',
    params,
    replies: [200, 503].map((status) => ({
      status,
      description: status === 200 ? 'Ready.' : 'Not ready.',
      schema: z.object({ name: z.string(), version: z.string().optional(), ready: z.boolean() }),
    })),
  })),
  ...ofModelAndVersion((params, path, suffix) => ({
    ...shared,
    method: 'POST',
    path: `${path}/infer`,
    operation: `infer${suffix}`,
    summary: 'Probabilities for rows, given as one tensor per raw feature or as one encoded matrix.',
    description:
      'Tensors may travel behind the JSON as raw bytes (binary tensor data extension, header Inference-Header-Content-Length).',
    params,
    body: {
      description: 'The tensors.',
      schema: InferRequest,
      contentTypes: ['application/json', 'application/octet-stream'],
    },
    replies: [{ status: 200, description: 'The output tensors.', schema: InferResponse }],
    problems: missing,
  })),
];
