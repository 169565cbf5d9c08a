import { z } from 'zod';
import { ModelDefinition } from '../model-definition.js';
import { Encoder, ImportFormat, KnownAnswer } from '../model-package.js';
import { Digest, Reason, Uuid } from '../primitives.js';
import { defineOperations } from './operation.js';
import { ofModel } from './parameters.js';
import { RetrainAccepted } from './runs.js';

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
    /**
     * Boosting rounds to predict with, from the first. If left out: those that early stopping found best, where the file
     * says, as XGBoost's scikit-learn wrapper does.
     */
    rounds: z.union([z.int().min(1), z.literal('all')]).optional(),
    /** Rows that its library has answered: the model has to answer them here as it did there. */
    golden: z.array(KnownAnswer).max(5000).optional(),
    /** Share of each column in what the trees gain, by its name; where no native library is there to ask. */
    importance: z.record(z.string(), z.number()).optional(),
    /** Of a manifest: the rounds it was predicting with, and the SHA-256 of the file that it belongs to. */
    model: z
      .looseObject({
        rounds: z.int().min(1).optional(),
        sha256: z
          .string()
          .regex(/^[0-9a-f]{64}$/)
          .optional(),
      })
      .optional(),
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

/** How models that were trained elsewhere come in. */
export const PACKAGE_OPERATIONS = defineOperations({
  uploadModelFile: {
    method: 'POST',
    path: '/v1/models/{model}/uploads',
    tag: 'training',
    access: 'operator',
    summary: 'Takes the file of a model trained elsewhere, to be registered by its digest.',
    params: ofModel,
    body: { description: 'The file as the library saved it.', contentTypes: ['application/octet-stream'] },
    replies: [{ status: 201, description: 'It is in the artifact store.', schema: Uploaded }],
    problems: { 404: 'There is no such model.', 413: 'The file is larger than 256 MiB.' },
  },
  registerModel: {
    method: 'POST',
    path: '/v1/models/{model}/packages',
    tag: 'training',
    access: 'operator',
    summary: 'Makes a package of an uploaded model; it is verified, judged and versioned like any other.',
    params: ofModel,
    body: { description: 'The file, and how its columns are made.', schema: RegisterBody },
    replies: [{ status: 202, description: 'Find the run by its request id.', schema: RetrainAccepted }],
    problems: { 404: 'There is no such model, or no such upload.' },
  },
});
