import { Inject, Injectable } from '@nestjs/common';
import { PackageStore } from '#artifacts/package-store';
import { Reference } from '#contracts/model-package';
import { HistogramCollector, type LiveHistogram } from '#domain/monitoring/live-histogram';
import { jsonFile } from '#models/package/open-package';
import { DecisionScorer } from '../holdout/decision-scorer.js';
import { BrokenPackageError, type LoadedModel, openModel } from '../holdout/loaded-model.js';
import type { RecentRow } from '../storage/drift-store.js';

/** A live model with what its training rows looked like. */
export interface ReferenceModel {
  readonly model: LoadedModel;
  readonly reference: Reference;
}

/** Live packages, kept as long as they are live. */
@Injectable()
export class ReferenceModels {
  private readonly loaded = new Map<string, Promise<ReferenceModel>>();

  constructor(@Inject(PackageStore) private readonly packages: PackageStore) {}

  /** @throws BrokenPackageError for a package without a usable reference */
  async open(model: string, digest: string): Promise<ReferenceModel> {
    const key = `${model} ${digest}`;
    const known = this.loaded.get(key) ?? this.load(digest);
    this.loaded.set(key, known);
    for (const other of this.loaded.keys())
      if (other !== key && other.startsWith(`${model} `)) this.loaded.delete(other);
    return known.catch((error: unknown) => {
      this.loaded.delete(key);
      throw error;
    });
  }

  private async load(digest: string): Promise<ReferenceModel> {
    const model = await openModel(this.packages, digest, 'live version');
    const files = await this.packages.read(digest);
    try {
      return { model, reference: Reference.parse(jsonFile(files, 'reference.json')) };
    } catch (error) {
      throw new BrokenPackageError(`Package ${digest} has no usable reference.json.`, { cause: error });
    }
  }
}

/** Counts rows into the bins of the model's reference, and how sure the model is of what it would decide for them. */
export function histogramOf({ model, reference }: ReferenceModel, rows: readonly RecentRow[]): LiveHistogram {
  const collector = new HistogramCollector(model.manifest.definition, reference);
  const decisions = new DecisionScorer(model);
  for (const { features } of rows) collector.add(features, decisions.score(features).probability);
  return collector.finish();
}
