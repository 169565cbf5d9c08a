/** The REST bodies of the Open Inference Protocol V2 (github.com/kserve/open-inference-protocol). */
import { z } from 'zod';

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
