import { z } from 'zod';
import { ModelName } from '../primitives.js';
import { RegisterBody, Uploaded } from './packages.js';
import { RetrainAccepted } from './registry.js';
import type { Route } from './route.js';

const ofModel = z.object({ model: ModelName });

/** How models that were trained elsewhere come in. */
export const PACKAGE_ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1/models/{model}/uploads',
    operation: 'uploadModelFile',
    tag: 'training',
    access: 'operator',
    summary: 'Takes the file of a model trained elsewhere, to be registered by its digest.',
    params: ofModel,
    body: { description: 'The file as the library saved it.', contentTypes: ['application/octet-stream'] },
    replies: [{ status: 201, description: 'It is in the artifact store.', schema: Uploaded }],
    problems: { 404: 'There is no such model.', 413: 'The file is larger than 256 MiB.' },
  },
  {
    method: 'POST',
    path: '/v1/models/{model}/packages',
    operation: 'registerModel',
    tag: 'training',
    access: 'operator',
    summary: 'Makes a package of an uploaded model; it is verified, judged and versioned like any other.',
    params: ofModel,
    body: { description: 'The file, and how its columns are made.', schema: RegisterBody },
    replies: [{ status: 202, description: 'Find the run by its request id.', schema: RetrainAccepted }],
    problems: { 404: 'There is no such model, or no such upload.' },
  },
];
