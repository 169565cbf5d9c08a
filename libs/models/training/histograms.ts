import type { Reference } from '#contracts/model-package';
import { doubleLiteral, type TrainingDatabase } from './duckdb.js';
import { PARTS } from './rows-sql.js';
import type { TypedFeature, TypedRows } from './typed-rows.js';

/** Categories listed by name in the reference; the rest are counted together. */
const LISTED_CATEGORIES = 50;
const DECILES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

export type FeatureHistogram = Reference['features'][string];

/** A feature's distribution in the training part, and the SQL of the bin a row falls into. */
export interface Binned {
  readonly name: string;
  readonly histogram: FeatureHistogram;
  readonly bucketSql: string;
  /** Different values in the training part, missing not counted; numbers are only told apart as none, one and more. */
  readonly values: number;
}

/** What each feature looks like in the training part of `typed_rows`: numbers by decile, booleans and categories by value. */
export function describeFeatures(database: TrainingDatabase, typed: TypedRows): Promise<Binned[]> {
  return Promise.all(
    typed.features.map((feature) =>
      feature.kind === 'number' ? describeNumber(database, feature) : describeValues(database, feature),
    ),
  );
}

async function describeNumber(database: TrainingDatabase, { name, column }: TypedFeature): Promise<Binned> {
  // One list of quantiles sorts the values once; nine quantiles would do so nine times.
  const [least, most, ...found] = await database.row(`
    select least, most, ${DECILES.map((_, i) => `edges[${i + 1}]`).join(', ')} from (
      select min(${column}) as least, max(${column}) as most, quantile_disc(${column}, [${DECILES.join(', ')}]) as edges
      from typed_rows where part = ${PARTS.train})`);
  const values = typeof least !== 'number' ? 0 : least === most ? 1 : 2;
  const edges = [...new Set(found.filter((edge) => typeof edge === 'number'))].toSorted((a, b) => a - b);
  const bucketSql =
    edges.length === 0
      ? `case when ${column} is not null then 0 end`
      : edges.map((edge) => `(${column} >= ${doubleLiteral(edge)})::int`).join(' + ');
  const rows = await database.rows(
    `select ${bucketSql} as bucket, count(*) from typed_rows where part = ${PARTS.train} group by 1`,
  );
  const counts = new Array<number>(edges.length + 1).fill(0);
  let missing = 0;
  for (const [bucket, count] of rows)
    if (bucket === null || bucket === undefined) missing = Number(count);
    else counts[Number(bucket)] = Number(count);
  return { name, bucketSql, values, histogram: { kind: 'numeric', edges, counts, missing } };
}

async function describeValues(database: TrainingDatabase, { name, column, kind }: TypedFeature): Promise<Binned> {
  const value = kind === 'boolean' ? `case ${column} when 1 then 'true' when 0 then 'false' end` : column;
  const rows = await database.rows(
    `select ${value} as v, count(*) as n from typed_rows where part = ${PARTS.train} group by 1 order by n desc, v`,
  );
  let other = 0;
  let missing = 0;
  const counts: Record<string, number> = {};
  for (const [category, count] of rows)
    if (category === null || category === undefined) missing = Number(count);
    else if (Object.keys(counts).length < LISTED_CATEGORIES) counts[String(category)] = Number(count);
    else other += Number(count);
  const values = rows.length - (missing > 0 ? 1 : 0);
  return { name, bucketSql: column, values, histogram: { kind: 'categorical', counts, other, missing } };
}
