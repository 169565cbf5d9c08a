import { Inject, Injectable } from '@nestjs/common';
import type { Datatype, ModelConfiguration, ModelStatistics, RepositoryIndex } from '#contracts/http/inference';
import { SERVING_CONFIG, type ServingConfig } from '../config.js';
import { Follower } from '../deployment/follower.js';
import type { ServedVersion } from '../models/served-version.js';
import { Catalogue } from './catalogue.js';

type Statistics = ModelStatistics['model_stats'][number];

/** What Triton's clients and perf_analyzer ask about models, beside their metadata. */
@Injectable()
export class AboutModels {
  constructor(
    @Inject(Catalogue) private readonly catalogue: Catalogue,
    @Inject(Follower) private readonly follower: Follower,
    @Inject(SERVING_CONFIG) private readonly config: ServingConfig,
  ) {}

  /** Throws InferRequestError. */
  configuration(model: string, version: string | undefined): ModelConfiguration {
    const { name, platform, inputs, outputs } = this.catalogue.metadata(model, version);
    const tensors = (all: typeof inputs) =>
      all.map((tensor) => ({
        name: tensor.name,
        data_type: dataType(tensor.datatype),
        dims: dimensions(tensor.shape),
      }));
    return {
      name,
      platform,
      backend: 'ratchet',
      max_batch_size: this.config.MAX_BATCH_ROWS,
      input: tensors(inputs),
      output: tensors(outputs),
      model_transaction_policy: { decoupled: false },
    };
  }

  /** Of every model if `model` is left out, of all its versions in memory if `version` is. Throws InferRequestError. */
  statistics(model: string | undefined, version: string | undefined): ModelStatistics | Promise<ModelStatistics> {
    return this.ownStatistics(model, version);
  }

  /** What this process has answered of it. */
  ownStatistics(model: string | undefined, version: string | undefined): ModelStatistics {
    if (model === undefined) return { model_stats: this.inMemory().map(statisticsOf) };
    const { served } = this.catalogue.responsible(model, version);
    if (version !== undefined) return { model_stats: [statisticsOf(served)] };
    return { model_stats: this.inMemory(model).map(statisticsOf) };
  }

  /** Every version in memory, and models whose version is not there yet. */
  index(readyOnly: boolean): RepositoryIndex {
    const entries: RepositoryIndex = this.inMemory().map(({ model, ref }) => ({
      name: model,
      version: ref.version,
      state: 'READY',
      reason: '',
    }));
    if (readyOnly) return entries;
    for (const followed of this.follower.all()) {
      const { desired, acting } = followed;
      if (desired.live === null || (acting !== null && acting.live !== null)) continue;
      const reason = followed.failure()?.detail ?? 'it is being loaded';
      entries.push({ name: desired.model, version: desired.live.version, state: 'UNAVAILABLE', reason });
    }
    return entries;
  }

  private inMemory(model?: string): ServedVersion[] {
    return this.follower
      .all()
      .filter(({ desired }) => model === undefined || desired.model === model)
      .flatMap(({ shelf }) => shelf.all());
  }
}

const dataType = (datatype: Datatype): string => `TYPE_${datatype === 'BYTES' ? 'STRING' : datatype}`;

/** The first dimension is the batch's. A list must not be empty: one value a row is [1]. */
const dimensions = ([, ...rest]: readonly number[]): number[] => (rest.length === 0 ? [1] : rest);

function statisticsOf({ model, ref, statistics: s }: ServedVersion): Statistics {
  const duration = (count: number, milliseconds: number) => ({ count, ns: Math.round(milliseconds * 1e6) });
  return {
    name: model,
    version: ref.version,
    last_inference: s.lastAt === null ? 0 : Math.round(performance.timeOrigin + s.lastAt),
    inference_count: s.rows,
    execution_count: s.answered,
    inference_stats: {
      success: duration(s.answered, s.readMs + s.evaluateMs),
      fail: duration(s.refused, s.refusedMs),
      queue: duration(s.answered, 0),
      compute_input: duration(s.answered, s.readMs),
      compute_infer: duration(s.answered, s.evaluateMs),
      // Not measured: answers are encoded while they are sent.
      compute_output: duration(0, 0),
    },
  };
}
