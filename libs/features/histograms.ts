import { z } from 'zod';
import { doubleLiteral } from './sql.js';
import type { TrainingColumn } from './training-column.js';

/** Categories listed by name in the reference; the rest are counted together. */
const LISTED_CATEGORIES = 50;
const DECILES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

const NumericHistogram = z.object({
  kind: z.literal('numeric'),
  /** Bin edges, ascending; counts has one entry more: below the first edge … at or above the last. */
  edges: z.array(z.number()),
  counts: z.array(z.int()),
  missing: z.int(),
});

const CategoricalHistogram = z.object({
  kind: z.literal('categorical'),
  counts: z.record(z.string(), z.int()),
  /** Rows whose category is not listed in counts. */
  other: z.int(),
  missing: z.int(),
});

/** What a feature looked like in some rows. */
export const Histogram = z.discriminatedUnion('kind', [NumericHistogram, CategoricalHistogram]);
export type Histogram = z.infer<typeof Histogram>;

/** A feature's distribution in the training part, and the SQL of the bin a row falls into. */
export interface Description {
  readonly histogram: Histogram;
  readonly bucketSql: string;
  /** Different values in the training part, missing not counted; numbers are only told apart as none, one and more. */
  readonly values: number;
}

export interface HistogramShape {
  /** What the feature looks like in the training part. */
  describe(column: TrainingColumn): Promise<Description>;
}

/** Numbers by decile. */
export const NUMBERS_BY_DECILE: HistogramShape = {
  async describe({ column, from, row, rows }) {
    // One list of quantiles sorts the values once; nine quantiles would do so nine times.
    const [least, most, ...found] = await row(`
    select least, most, ${DECILES.map((_, i) => `edges[${i + 1}]`).join(', ')} from (
      select min(${column}) as least, max(${column}) as most, quantile_disc(${column}, [${DECILES.join(', ')}]) as edges
      ${from})`);
    const values = typeof least !== 'number' ? 0 : least === most ? 1 : 2;
    const edges = [...new Set(found.filter((edge) => typeof edge === 'number'))].toSorted((a, b) => a - b);
    const bucketSql =
      edges.length === 0
        ? `case when ${column} is not null then 0 end`
        : edges.map((edge) => `(${column} >= ${doubleLiteral(edge)})::int`).join(' + ');
    const counts = new Array<number>(edges.length + 1).fill(0);
    let missing = 0;
    for (const [bucket, count] of await rows(`select ${bucketSql} as bucket, count(*) ${from} group by 1`))
      if (bucket === null || bucket === undefined) missing = Number(count);
      else counts[Number(bucket)] = Number(count);
    return { bucketSql, values, histogram: { kind: 'numeric', edges, counts, missing } };
  },
};

/**
 * Booleans and categories by value.
 *
 * @param nameSql SQL of a value's name, of the column
 */
export const valuesByName = (nameSql: (column: string) => string): HistogramShape => ({
  async describe({ column, from, rows }) {
    const found = await rows(`select ${nameSql(column)} as v, count(*) as n ${from} group by 1 order by n desc, v`);
    let other = 0;
    let missing = 0;
    const counts: Record<string, number> = {};
    for (const [category, count] of found)
      if (category === null || category === undefined) missing = Number(count);
      else if (Object.keys(counts).length < LISTED_CATEGORIES) counts[String(category)] = Number(count);
      else other += Number(count);
    const values = found.length - (missing > 0 ? 1 : 0);
    return { bucketSql: column, values, histogram: { kind: 'categorical', counts, other, missing } };
  },
});

/** A histogram with the same bins and nothing in them. */
export function emptyLike(bins: Histogram): Histogram {
  return bins.kind === 'numeric'
    ? { kind: 'numeric', edges: bins.edges, counts: bins.counts.map(() => 0), missing: 0 }
    : {
        kind: 'categorical',
        counts: Object.fromEntries(Object.keys(bins.counts).map((category) => [category, 0])),
        other: 0,
        missing: 0,
      };
}

/** Counts one value into its bin. */
export function count(histogram: Histogram, value: number | string | null): void {
  if (value === null) histogram.missing++;
  else if (histogram.kind === 'numeric') {
    const bin = histogram.edges.filter((edge) => Number(value) >= edge).length;
    histogram.counts[bin] = (histogram.counts[bin] ?? 0) + 1;
  } else if (Object.hasOwn(histogram.counts, value)) histogram.counts[value] = (histogram.counts[value] ?? 0) + 1;
  else histogram.other++;
}

/** Two histograms as drift compares them: bin by bin, by the test for what the bins are. */
export interface Comparison {
  /** Bins in an order of their own are compared by Kolmogorov–Smirnov, names by chi-square. */
  readonly test: 'kolmogorov-smirnov' | 'chi-square';
  readonly before: readonly number[];
  readonly now: readonly number[];
  /** Rows whose value has no bin of its own. */
  readonly unseen: { readonly before: number; readonly now: number };
}

/** Null where the one was not made in the bins of the other. */
export function comparison(before: Histogram, now: Histogram): Comparison | null {
  if (before.kind === 'numeric' && now.kind === 'numeric')
    return { test: 'kolmogorov-smirnov', before: before.counts, now: now.counts, unseen: { before: 0, now: 0 } };
  if (before.kind !== 'categorical' || now.kind !== 'categorical') return null;
  const categories = Object.keys(before.counts);
  const counts = (of: typeof before): number[] => [...categories.map((name) => of.counts[name] ?? 0), of.other];
  return {
    test: 'chi-square',
    before: counts(before),
    now: counts(now),
    unseen: { before: before.other, now: now.other },
  };
}
