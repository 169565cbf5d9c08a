import type { ModelDefinition } from '#contracts/model-definition';
import type { FeatureSource, RawRow, Reference } from '#contracts/model-package';
import { count, emptyLike, type Histogram } from '#features/histograms';
import { useFeature } from '#features/kinds';
import type { Reading } from '#features/reading';
import { deriveFromUrl } from '#features/url';

/** What live rows look like, in the bins of a package's reference. */
export interface LiveHistogram {
  readonly rows: number;
  readonly features: ReadonlyMap<string, Histogram>;
  /** Rows per tenth of the probability the model gives to what it would decide. */
  readonly deciles: readonly number[];
}

/** Counts raw rows into the bins of `reference.json`, reading values as training and serving do. */
export class HistogramCollector {
  private rows = 0;
  private readonly deciles = new Array<number>(10).fill(0);
  private readonly features: { name: string; source: FeatureSource; reading: Reading; histogram: Histogram }[];

  constructor(definition: ModelDefinition, reference: Reference) {
    this.features = definition.features.flatMap((feature) => {
      const bins = reference.features[feature.name];
      if (bins === undefined) return [];
      const { source, reading } = useFeature(feature);
      return [{ name: feature.name, source, reading, histogram: emptyLike(bins) }];
    });
  }

  /** @param probability what the model gives to its decision for this row */
  add(row: RawRow, probability: number): void {
    this.rows++;
    for (const { source, reading, histogram } of this.features) {
      const raw = source.from === 'url' ? deriveFromUrl(row[source.field], source.derive) : row[source.field];
      count(histogram, reading.counted(raw));
    }
    const decile = decileOf(probability);
    this.deciles[decile] = (this.deciles[decile] ?? 0) + 1;
  }

  finish(): LiveHistogram {
    return {
      rows: this.rows,
      features: new Map(this.features.map(({ name, histogram }) => [name, histogram])),
      deciles: this.deciles,
    };
  }
}

/** The tenth of 0…1 a probability is in, 0 to 9. */
export function decileOf(probability: number): number {
  return Math.min(9, Math.max(0, Math.floor(probability * 10)));
}
