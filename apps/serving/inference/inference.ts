import { Inject, Injectable } from '@nestjs/common';
import { SERVING_CONFIG, type ServingConfig } from '../config.js';
import type { ServedVersion } from '../models/served-version.js';
import { tensorOfBytes } from './binary-tensors.js';
import { Catalogue } from './catalogue.js';
import { type BatchScores, inferBatch } from './infer.js';
import { type InferHeader, type Parameters, readHeader, tensorOfJson } from './json-tensors.js';
import { encodeAnswer, type InferAnswer } from './response.js';
import { InferRequestError, type Tensor } from './tensor.js';

/** The body of an infer request: its JSON, and what the binary extension put behind it. */
export interface InferBody {
  readonly json: unknown;
  readonly binary: Buffer | null;
}

export interface Evaluated {
  readonly served: ServedVersion;
  readonly scores: BatchScores;
  /** What the answer says about where it comes from. */
  readonly parameters: Parameters;
}

/** Answers infer requests of the Open Inference Protocol. */
@Injectable()
export class Inference {
  constructor(
    @Inject(Catalogue) private readonly catalogue: Catalogue,
    @Inject(SERVING_CONFIG) private readonly config: ServingConfig,
  ) {}

  /** Answers a REST request. Throws InferRequestError. */
  infer(model: string, version: string | undefined, body: InferBody): InferAnswer {
    const header = readHeader(body.json);
    const evaluated = this.evaluate(model, version, () => readTensors(header, body.binary));
    return encodeAnswer(header, evaluated.served, evaluated.parameters, evaluated.scores);
  }

  /** Evaluates tensors by the live version or the one named; whether that exists is looked at before `inputs` is. */
  evaluate(model: string, version: string | undefined, inputs: () => Tensor[]): Evaluated {
    const { served, acting } = this.catalogue.responsible(model, version);
    const scores = inferBatch(served, inputs(), this.config.MAX_BATCH_ROWS);
    const role = served === acting.live ? 'live' : served === acting.canary?.version ? 'canary' : 'warm';
    served.tallies[role].value += scores.rows;
    const labels = scores.labels.join(',');
    return { served, scores, parameters: { generation: acting.generation, role, labels } };
  }
}

function readTensors(header: InferHeader, binary: Buffer | null): Tensor[] {
  let at = 0;
  const tensors = header.inputs.map((input) => {
    if (input.binarySize === null) return tensorOfJson(input);
    const end = at + input.binarySize;
    if (binary === null || end > binary.length)
      throw new InferRequestError(
        `input "${input.name}": announces ${input.binarySize} binary bytes, but ${(binary?.length ?? 0) - at} are left; is the header Inference-Header-Content-Length right?`,
      );
    const bytes = binary.subarray(at, end);
    at = end;
    return tensorOfBytes(input, bytes);
  });
  if (binary !== null && at !== binary.length)
    throw new InferRequestError(`the body has ${binary.length - at} bytes that no input announces`);
  return tensors;
}
