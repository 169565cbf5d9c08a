import { z } from 'zod';
import { readBoolean } from './coercion.js';
import { booleanSql } from './coercion-sql.js';
import { Named } from './definition.js';
import { defineEncoding, EncoderBase } from './encoding.js';
import { valuesByName } from './histograms.js';
import { defineKind } from './kind.js';
import type { Reading } from './reading.js';
import type { TrainingColumn } from './training-column.js';
import { numberChunk, numberColumns, numberRow } from './writers.js';

function nameOf(value: 0 | 1 | null): string | null {
  return value === null ? null : value === 1 ? 'true' : 'false';
}

export const BOOLEAN: Reading = {
  expected: 'boolean',
  sql: booleanSql,
  expectedSql: (value) => `${value}::int::float`,
  counted: (raw) => nameOf(readBoolean(raw)),
  histogram: valuesByName((column) => `case ${column} when 1 then 'true' when 0 then 'false' end`),
};

/** One column of 0 and 1, and one more if `indicator`. */
export const booleanEncoding = defineEncoding(
  'boolean',
  EncoderBase.extend({ encoding: z.literal('boolean'), fill: z.number().nullable(), indicator: z.boolean() }),
  (encoder) => ({
    columns: numberColumns(encoder.feature, encoder),
    datatype: 'BOOL',
    enumeration: null,
    rowWriter: () => numberRow(readBoolean, encoder),
    chunkWriter: (column) => numberChunk(column, encoder),
  }),
);

const CELLS: ReadonlyMap<string, boolean> = new Map([
  ['1', true],
  ['true', true],
  ['yes', true],
  ['0', false],
  ['false', false],
  ['no', false],
]);

const UNFITTED = { encoding: 'boolean', fill: null, indicator: false } as const;

export const boolean = defineKind({
  definition: Named.extend({
    kind: z.literal('boolean'),
    fill: z.union([z.enum(['native', 'mode']), z.boolean()]).default('native'),
    missing_indicator: z.boolean().default(false),
  }),
  encodings: [booleanEncoding],
  summary: 'values',
  sliced: false,
  cell: { expected: 'true, false, 1 or 0;', read: (cell) => CELLS.get(cell.toLowerCase()) ?? null },
  use: ({ name, fill, missing_indicator: indicator }) => ({
    source: { from: 'field', field: name },
    reading: BOOLEAN,
    encodings: [booleanEncoding.name],
    fit: async (column) => ({ ...UNFITTED, fill: await fillOf(fill, column), indicator }),
    unfitted: UNFITTED,
    examples: [false, 'yes', 'false', 1, 0, 'n/a', { a: 1 }, 2, '1.0'],
  }),
});

async function fillOf(
  fill: 'native' | 'mode' | boolean,
  { column, from, row }: TrainingColumn,
): Promise<number | null> {
  if (fill === 'native') return null;
  if (typeof fill === 'boolean') return fill ? 1 : 0;
  const [share] = await row(`select avg(${column}::double) ${from}`);
  return typeof share === 'number' ? (share > 0.5 ? 1 : 0) : null;
}
