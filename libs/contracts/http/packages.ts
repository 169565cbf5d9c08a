import { z } from 'zod';
import { ModelDefinition } from '../model-definition.js';
import { Encoder } from '../model-package.js';
import { Digest, Reason, Uuid } from '../primitives.js';

/** Files of models trained elsewhere, as the libraries save them. */
export const ImportFormat = z.enum(['xgboost-json', 'xgboost-ubj', 'lightgbm-text']);
export type ImportFormat = z.infer<typeof ImportFormat>;

/**
 * What has to be known of a model trained elsewhere besides its file. A whole `manifest.json` of a package is one; by
 * hand, the encoders are enough, and for numbers and booleans that are not filled even they can be left out.
 */
export const ImportDescription = z
  .looseObject({
    /** The one in MODELS_DIR if left out. */
    definition: ModelDefinition.optional(),
    /** One per feature of the definition, in its order: how raw values became columns. */
    encoders: z.array(Encoder).optional(),
    /** Checked against the columns that the encoders give. */
    columns: z.array(z.string()).optional(),
    /** Checked against the definition's, in the order of the probabilities. */
    classes: z.array(z.string()).optional(),
    /** What it was trained with. */
    library: z.object({ name: z.string(), version: z.string() }).optional(),
    parameters: z.record(z.string(), z.string()).optional(),
  })
  .meta({ id: 'ImportDescription' });
export type ImportDescription = z.infer<typeof ImportDescription>;

/** `POST /v1/models/{m}/uploads`: what a file is called from now on. */
export const Uploaded = z.object({ digest: Digest, bytes: z.int() }).meta({ id: 'Uploaded' });
export type Uploaded = z.infer<typeof Uploaded>;

/** `POST /v1/models/{m}/packages` */
export const RegisterBody = z
  .object({
    request_id: Uuid.optional(),
    /** Of the uploaded model file. */
    upload: Digest,
    format: ImportFormat,
    description: ImportDescription,
    auto_deploy: z.boolean().default(true),
    reason: Reason.optional(),
  })
  .meta({ id: 'RegisterBody' });
export type RegisterBody = z.infer<typeof RegisterBody>;
