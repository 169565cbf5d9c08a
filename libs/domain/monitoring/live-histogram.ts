import type { ModelDefinition } from '#contracts/model-definition';
import type { FeatureSource, RawRow, Reference } from '#contracts/model-package';
import { readBoolean, readCategory, readNumber } from '../encoding/coercion.js';
import { sourceOf, type ValueKind, valueKindOf } from '../encoding/sources.js';
import { deriveFromUrl } from '../encoding/url.js';

type Histogram = Reference['features'][string];

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
  private readonly features: { name: string; source: FeatureSource; kind: ValueKind; histogram: Mutable }[];

  constructor(definition: ModelDefinition, reference: Reference) {
    this.features = definition.features.flatMap((feature) => {
      const bins = reference.features[feature.name];
      return bins
        ? [{ name: feature.name, source: sourceOf(feature), kind: valueKindOf(feature), histogram: emptyLike(bins) }]
        : [];
    });
  }

  /** @param probability what the model gives to its decision for this row */
  add(row: RawRow, probability: number): void {
    this.rows++;
    for (const { source, kind, histogram } of this.features) {
      const raw = source.from === 'url' ? deriveFromUrl(row[source.field], source.derive) : row[source.field];
      count(histogram, kind, raw);
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

type Mutable =
  | { kind: 'numeric'; edges: number[]; counts: number[]; missing: number }
  | { kind: 'categorical'; counts: Record<string, number>; other: number; missing: number };

function emptyLike(bins: Histogram): Mutable {
  return bins.kind === 'numeric'
    ? { kind: 'numeric', edges: bins.edges, counts: bins.counts.map(() => 0), missing: 0 }
    : {
        kind: 'categorical',
        counts: Object.fromEntries(Object.keys(bins.counts).map((category) => [category, 0])),
        other: 0,
        missing: 0,
      };
}

function count(histogram: Mutable, kind: ValueKind, raw: unknown): void {
  if (histogram.kind === 'numeric') {
    const number = readNumber(raw);
    if (number === null) histogram.missing++;
    else {
      const bin = histogram.edges.filter((edge) => number >= edge).length;
      histogram.counts[bin] = (histogram.counts[bin] ?? 0) + 1;
    }
    return;
  }
  const category = kind === 'boolean' ? booleanName(readBoolean(raw)) : readCategory(raw);
  if (category === null) histogram.missing++;
  else if (Object.hasOwn(histogram.counts, category))
    histogram.counts[category] = (histogram.counts[category] ?? 0) + 1;
  else histogram.other++;
}

function booleanName(value: 0 | 1 | null): string | null {
  return value === null ? null : value === 1 ? 'true' : 'false';
}
