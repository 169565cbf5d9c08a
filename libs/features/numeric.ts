import { z } from 'zod';
import { readNumber } from './coercion.js';
import { finiteSql, numberSql } from './coercion-sql.js';
import { Named } from './definition.js';
import { defineEncoding, EncoderBase } from './encoding.js';
import { NUMBERS_BY_DECILE } from './histograms.js';
import { defineKind } from './kind.js';
import type { Reading } from './reading.js';
import type { TrainingColumn } from './training-column.js';
import { numberChunk, numberColumns, numberRow } from './writers.js';

export const NUMBER: Reading = {
  expected: 'number',
  sql: numberSql,
  expectedSql: finiteSql,
  counted: readNumber,
  histogram: NUMBERS_BY_DECILE,
};

/** One column, and one more if `indicator`. */
export const numericEncoding = defineEncoding(
  'numeric',
  EncoderBase.extend({ encoding: z.literal('numeric'), fill: z.number().nullable(), indicator: z.boolean() }),
  (encoder) => ({
    columns: numberColumns(encoder.feature, encoder),
    datatype: 'FP64',
    enumeration: null,
    rowWriter: () => numberRow(readNumber, encoder),
    chunkWriter: (column) => numberChunk(column, encoder),
  }),
);

/** As a file would have it: no words, no white space. */
const CELL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

const UNFITTED = { encoding: 'numeric', fill: null, indicator: false } as const;

export const numeric = defineKind({
  definition: Named.extend({
    kind: z.literal('numeric'),
    /** What stands in for a missing value: leave it to the trees, or fill with a statistic of the training part or a constant. */
    fill: z.union([z.enum(['native', 'median', 'mean']), z.number()]).default('native'),
    /** Adds a 0/1 column that says the value was missing. */
    missing_indicator: z.boolean().default(false),
  }),
  encodings: [numericEncoding],
  summary: 'range',
  sliced: false,
  cell: {
    expected: 'a number,',
    read(cell) {
      const value = CELL.test(cell) ? Number(cell) : Number.NaN;
      return Number.isFinite(value) ? value : null;
    },
  },
  use: ({ name, fill, missing_indicator: indicator }) => ({
    source: { from: 'field', field: name },
    reading: NUMBER,
    encodings: [numericEncoding.name],
    fit: async (column) => ({ ...UNFITTED, fill: await fillOf(fill, column), indicator }),
    unfitted: UNFITTED,
    examples: [0, '12.5', -1, 1e30, -1e30, 'n/a', [1], '1e39', true],
  }),
});

async function fillOf(
  fill: 'native' | 'median' | 'mean' | number,
  { column, from, row }: TrainingColumn,
): Promise<number | null> {
  if (fill === 'native') return null;
  if (typeof fill === 'number') return Math.fround(fill);
  // Adding up in order of size makes the mean independent of threads.
  const sql =
    fill === 'median'
      ? `select median(${column}::double) ${from}`
      : `select list_sum(list(${column}::double order by ${column})) / count(${column}) ${from}`;
  const [value] = await row(sql);
  return typeof value === 'number' ? Math.fround(value) : null;
}
