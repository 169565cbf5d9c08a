import { Inject, Injectable } from '@nestjs/common';
import { PackageStore } from '#artifacts/package-store';
import { Reference } from '#contracts/model-package';
import { HistogramCollector, type LiveHistogram } from '#domain/monitoring/live-histogram';
import { BrokenPackageError, jsonOf, type LoadedModel, openModel } from '../holdout/loaded-model.js';
import type { RecentRow } from './drift.repository.js';

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
      return { model, reference: Reference.parse(jsonOf(files, 'reference.json')) };
    } catch (error) {
      throw new BrokenPackageError(`Package ${digest} has no usable reference.json.`, { cause: error });
    }
  }
}

/** Counts rows into the bins of the model's reference, and what the model answers for the executed actions. */
export function histogramOf({ model, reference }: ReferenceModel, rows: readonly RecentRow[]): LiveHistogram {
  const { manifest, encoder, evaluator } = model;
  const { definition } = manifest;
  const collector = new HistogramCollector(definition, reference);
  const actions = new Set(definition.kind === 'action-outcome' ? definition.actions : []);
  const row = new Float32Array(encoder.width);
  const out = new Float64Array(manifest.classes.length);
  for (const { features, action } of rows) {
    const scored = definition.kind === 'multi-class' || (action !== null && actions.has(action));
    if (scored) {
      encoder.encode(features, row, 0);
      if (action !== null && actions.has(action)) encoder.encodeAction(action, row, 0);
      evaluator.predictRow(row, 0, out);
    }
    collector.add(features, scored ? (out[out.length - 1] ?? 0) : null);
  }
  return collector.finish();
}
