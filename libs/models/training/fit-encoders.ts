import type { Feature, ModelDefinition } from '#contracts/model-definition';
import type { Encoder } from '#contracts/model-package';
import { sourceOf } from '#domain/encoding/sources';
import type { TrainingDatabase } from './duckdb.js';
import { TrainingFailure } from './failure.js';
import { PARTS } from './rows-sql.js';
import type { TypedFeature, TypedRows } from './typed-rows.js';

/** Every statistic here is of the training part alone: what validation and test rows hold must not leak into encoders. */
const TRAIN = `from typed_rows where part = ${PARTS.train}`;

/** Fills and categories of every feature, fitted on the training part of `typed_rows`. Same rows, same encoders. */
export function fitEncoders(
  database: TrainingDatabase,
  definition: ModelDefinition,
  typed: TypedRows,
): Promise<Encoder[]> {
  return Promise.all(
    definition.features.map((feature, i) => {
      const column = typed.features[i];
      if (!column) throw new RangeError(`feature "${feature.name}" has no column`);
      return fitEncoder(database, definition, feature, column);
    }),
  );
}

async function fitEncoder(
  database: TrainingDatabase,
  definition: ModelDefinition,
  feature: Feature,
  column: TypedFeature,
): Promise<Encoder> {
  const base = { feature: feature.name, source: sourceOf(feature) };
  switch (column.kind) {
    case 'number':
      return {
        ...base,
        encoding: 'numeric',
        fill: feature.kind === 'numeric' ? await numericFill(database, feature.fill, column) : null,
        indicator: feature.kind === 'numeric' && feature.missing_indicator,
      };
    case 'boolean':
      return {
        ...base,
        encoding: 'boolean',
        fill: feature.kind === 'boolean' ? await booleanFill(database, feature.fill, column) : null,
        indicator: feature.kind === 'boolean' && feature.missing_indicator,
      };
    case 'category': {
      const limits = feature.kind === 'categorical' || feature.kind === 'derived-from-url' ? feature : null;
      const minimumCount = limits?.minimum_count ?? 1;
      const most = limits?.max_categories ?? Number.MAX_SAFE_INTEGER;
      const count = await countCategories(database, column, minimumCount);
      if (count > most) throw tooMany(definition, feature, count, most);
      const categories = await commonCategories(database, column, minimumCount);
      const encoding = categories.length <= (limits?.one_hot_limit ?? 0) ? 'one-hot' : 'ordinal';
      return { ...base, encoding, categories };
    }
  }
}

async function numericFill(
  database: TrainingDatabase,
  fill: 'native' | 'median' | 'mean' | number,
  { column }: TypedFeature,
): Promise<number | null> {
  if (fill === 'native') return null;
  if (typeof fill === 'number') return Math.fround(fill);
  // Adding up in order of size makes the mean independent of threads.
  const sql =
    fill === 'median'
      ? `select median(${column}::double) ${TRAIN}`
      : `select list_sum(list(${column}::double order by ${column})) / count(${column}) ${TRAIN}`;
  const [value] = await database.row(sql);
  return typeof value === 'number' ? Math.fround(value) : null;
}

async function booleanFill(
  database: TrainingDatabase,
  fill: 'native' | 'mode' | boolean,
  { column }: TypedFeature,
): Promise<number | null> {
  if (fill === 'native') return null;
  if (typeof fill === 'boolean') return fill ? 1 : 0;
  const [share] = await database.row(`select avg(${column}::double) ${TRAIN}`);
  return typeof share === 'number' ? (share > 0.5 ? 1 : 0) : null;
}

/** How many categories occur often enough; asked before they are read, as there may be one a row. */
async function countCategories(
  database: TrainingDatabase,
  { column }: TypedFeature,
  minimumCount: number,
): Promise<number> {
  const [count] = await database.row(`
    select count(*) from (select ${column} ${TRAIN} and ${column} is not null group by 1 having count(*) >= ${minimumCount})`);
  return Number(count);
}

const tooMany = (definition: ModelDefinition, { name }: Feature, count: number, most: number): TrainingFailure =>
  new TrainingFailure(
    'prepare',
    `The feature "${name}" of "${definition.name}" has ${count} categories in the training rows, more than its max_categories of ${most}; what hardly ever comes twice teaches nothing of the next row.`,
    `In deploy/models/${definition.name}.yaml, remove the feature if it is an identifier, raise its minimum_count so that rare categories count as one, or raise its max_categories.`,
  );

/** Categories that occur often enough, the most frequent first, equal ones by code point; rarer ones count as unseen. */
async function commonCategories(
  database: TrainingDatabase,
  { column }: TypedFeature,
  minimumCount: number,
): Promise<string[]> {
  const rows = await database.rows(`
    select ${column}, count(*) as n ${TRAIN} and ${column} is not null
    group by 1 having n >= ${minimumCount} order by n desc, 1`);
  return rows.map(([category]) => String(category));
}
