import { z } from 'zod';
import { readCategory } from './coercion.js';
import { CATEGORY_LIMITS, Named } from './definition.js';
import { defineEncoding, EncoderBase } from './encoding.js';
import { valuesByName } from './histograms.js';
import { defineKind } from './kind.js';
import type { Reading } from './reading.js';
import { type TrainingColumn, UnsuitableRows } from './training-column.js';
import { numberChunk, oneHotChunk } from './writers.js';

export const CATEGORY: Reading = {
  expected: 'text',
  sql: (text) => text,
  expectedSql: null,
  counted: readCategory,
  histogram: valuesByName((column) => column),
};

/** Position of the category, `unseen` for one that is not among them, null for a missing one. */
function codeSql(
  categories: readonly string[],
  column: string,
  enumeration: string,
  unseen: number | null = categories.length,
): string {
  const known = categories.length === 0 ? 'null' : `enum_code(try_cast(${column} as ${enumeration}))`;
  return `case when ${column} is not null then coalesce(${known}, ${unseen ?? 'null'})::float end`;
}

const positionsOf = (categories: readonly string[]): ReadonlyMap<string, number> =>
  new Map(categories.map((category, i) => [category, i]));

/** One column per category, and a last one for unseen or missing. */
export const oneHotEncoding = defineEncoding(
  'one-hot',
  EncoderBase.extend({ encoding: z.literal('one-hot'), categories: z.array(z.string()) }),
  ({ feature, categories }) => ({
    columns: [...categories.map((category) => `${feature}=${category}`), `${feature}=(unseen)`],
    datatype: 'BYTES',
    enumeration: categories,
    rowWriter() {
      const positions = positionsOf(categories);
      const unseen = categories.length;
      return (raw, out, at) => {
        const category = readCategory(raw);
        out.fill(0, at, at + unseen + 1);
        out[at + ((category === null ? undefined : positions.get(category)) ?? unseen)] = 1;
      };
    },
    chunkWriter: (column, enumeration) =>
      oneHotChunk(`coalesce(${codeSql(categories, column, enumeration)}, ${categories.length})`),
  }),
);

/**
 * One column: position in `categories`; unseen is their number, missing is NaN. With `unseen: missing` it is NaN as well,
 * which is what pandas makes of a value that a CategoricalDtype does not list.
 */
export const ordinalEncoding = defineEncoding(
  'ordinal',
  EncoderBase.extend({
    encoding: z.literal('ordinal'),
    categories: z.array(z.string()),
    unseen: z.literal('missing').optional(),
  }),
  ({ feature, categories, unseen }) => ({
    columns: [feature],
    datatype: 'BYTES',
    enumeration: categories,
    rowWriter() {
      const positions = positionsOf(categories);
      const other = unseen === 'missing' ? Number.NaN : categories.length;
      return (raw, out, at) => {
        const category = readCategory(raw);
        out[at] = category === null ? Number.NaN : (positions.get(category) ?? other);
      };
    },
    chunkWriter: (column, enumeration) =>
      numberChunk(codeSql(categories, column, enumeration, unseen === 'missing' ? null : categories.length), {
        fill: null,
        indicator: false,
      }),
  }),
);

export const CATEGORY_EXAMPLES = [
  'never-seen-before',
  ' padded ',
  3,
  true,
  'ünïcödé',
  'n/a',
  ['list'],
  'UPPER',
  '0',
] as const;

export const categorical = defineKind({
  definition: Named.extend({ kind: z.literal('categorical'), ...CATEGORY_LIMITS }),
  encodings: [oneHotEncoding, ordinalEncoding],
  summary: 'values',
  sliced: true,
  cell: { expected: 'a text,', read: (cell) => cell },
  use: (feature) => ({
    source: { from: 'field', field: feature.name },
    reading: CATEGORY,
    encodings: [oneHotEncoding.name, ordinalEncoding.name],
    fit: (column) => fitCategories(column, feature),
    unfitted: null,
    examples: CATEGORY_EXAMPLES,
  }),
});

export interface CategoryLimits {
  readonly one_hot_limit: number;
  readonly minimum_count: number;
  readonly max_categories: number;
}

export async function fitCategories(
  column: TrainingColumn,
  { one_hot_limit: oneHotLimit, minimum_count: minimumCount, max_categories: most }: CategoryLimits,
): Promise<{ encoding: 'one-hot' | 'ordinal'; categories: string[] }> {
  const count = await countCategories(column, minimumCount);
  if (count > most) throw tooMany(column, count, most);
  const categories = await commonCategories(column, minimumCount);
  return { encoding: categories.length <= oneHotLimit ? 'one-hot' : 'ordinal', categories };
}

/** How many categories occur often enough; asked before they are read, as there may be one a row. */
async function countCategories({ column, from, row }: TrainingColumn, minimumCount: number): Promise<number> {
  const [count] = await row(`
    select count(*) from (select ${column} ${from} and ${column} is not null group by 1 having count(*) >= ${minimumCount})`);
  return Number(count);
}

/** Categories that occur often enough, the most frequent first, equal ones by code point; rarer ones count as unseen. */
async function commonCategories({ column, from, rows }: TrainingColumn, minimumCount: number): Promise<string[]> {
  const found = await rows(`
    select ${column}, count(*) as n ${from} and ${column} is not null
    group by 1 having n >= ${minimumCount} order by n desc, 1`);
  return found.map(([category]) => String(category));
}

const tooMany = ({ feature, model }: TrainingColumn, count: number, most: number): UnsuitableRows =>
  new UnsuitableRows(
    `The feature "${feature}" of "${model}" has ${count} categories in the training rows, more than its max_categories of ${most}; what hardly ever comes twice teaches nothing of the next row.`,
    `In the definition of ${model}, remove the feature if it is an identifier, raise its minimum_count so that rare categories count as one, or raise its max_categories.`,
  );
