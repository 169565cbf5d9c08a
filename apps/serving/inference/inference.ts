import { Inject, Injectable } from '@nestjs/common';
import { LiveDefinitions } from '#platform/live-definitions';
import { SERVING_CONFIG, type ServingConfig } from '../config.js';
import { COUNTS_AS_MISSING } from '../decide/decide-request.js';
import { countFeatureProblem } from '../models/feature-problems.js';
import type { ServedVersion } from '../models/served-version.js';
import { tensorOfBytes } from './binary-tensors.js';
import { Catalogue } from './catalogue.js';
import { type BatchLimits, type BatchScores, inferBatch, type Unread } from './infer.js';
import { type InferHeader, type Parameters, readHeader, tensorOfJson } from './json-tensors.js';
import { encodeAnswer, type InferAnswer } from './response.js';
import { InferRequestError, type Tensor } from './tensor.js';

/** The body of an infer request: its JSON, and what the binary extension put behind it. */
export interface InferBody {
  readonly json: unknown;
  readonly binary: Buffer | null;
}

/** Of features; each names the first value only. */
const MOST_WARNINGS = 20;

export interface Evaluated {
  readonly served: ServedVersion;
  readonly scores: BatchScores;
  /** What the answer says about where it comes from. */
  readonly parameters: Parameters;
}

/** Answers infer requests of the Open Inference Protocol. */
@Injectable()
export class Inference {
  private readonly limits: BatchLimits;

  constructor(
    @Inject(Catalogue) private readonly catalogue: Catalogue,
    @Inject(LiveDefinitions) private readonly definitions: LiveDefinitions,
    @Inject(SERVING_CONFIG) config: ServingConfig,
  ) {
    this.limits = { rows: config.MAX_BATCH_ROWS, values: config.MAX_ANSWER_VALUES };
  }

  /** Answers a REST request. Throws InferRequestError. */
  infer(model: string, version: string | undefined, body: InferBody): InferAnswer {
    const header = readHeader(body.json);
    const evaluated = this.evaluate(model, version, () => readTensors(header, body.binary));
    return encodeAnswer(header, evaluated.served, evaluated.parameters, evaluated.scores);
  }

  /** Evaluates tensors by the live version or the one named; whether that exists is looked at before `inputs` is. */
  evaluate(model: string, version: string | undefined, inputs: () => Tensor[]): Evaluated {
    const { served, acting } = this.catalogue.responsible(model, version);
    const scores = this.score(served, inputs);
    const role = served === acting.live ? 'live' : served === acting.canary?.version ? 'canary' : 'warm';
    served.tallies[role].value += scores.rows;
    const labels = scores.labels.join(',');
    const warnings = this.warningsOf(served, scores.unread);
    const degraded = role === 'live' && (acting.desired.degraded ?? null) !== null;
    return {
      served,
      scores,
      parameters: {
        generation: acting.generation,
        role,
        labels,
        ...(degraded && { degraded }),
        ...(warnings !== '' && { warnings }),
      },
    };
  }

  /** What could not be read, in words. Throws InferRequestError where the model's definition wants that. */
  private warningsOf({ model, manifest }: ServedVersion, unread: readonly Unread[]): string {
    if (unread.length === 0) return '';
    const strict = (this.definitions.get(model) ?? manifest.definition).strict ?? false;
    const told = unread.slice(0, MOST_WARNINGS).map(({ problem, row, count }) => {
      const more = count === 1 ? '' : `, and ${count - 1} more like it`;
      const what = `input "${problem.feature}", value ${row}: ${problem.detail}${more}`;
      return strict ? what : `${what}; ${COUNTS_AS_MISSING}`;
    });
    for (const { problem, count } of unread) countFeatureProblem(model, problem, count);
    if (strict) throw new InferRequestError(told.join('; '));
    return told.join('; ');
  }

  private score(served: ServedVersion, inputs: () => Tensor[]): BatchScores {
    const started = performance.now();
    try {
      const tensors = inputs();
      const read = performance.now();
      const scores = inferBatch(served, tensors, this.limits);
      served.statistics.note(scores.rows, started, read, performance.now());
      return scores;
    } catch (error) {
      served.statistics.noteRefused(started, performance.now());
      throw error;
    }
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
