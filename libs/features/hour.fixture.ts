import { z } from 'zod';
import { readNumber } from './coercion.js';
import { Named } from './definition.js';
import { defineEncoding, EncoderBase } from './encoding.js';
import { defineKind } from './kind.js';
import { NUMBER } from './numeric.js';

/** An hour from 0 to 24 as its place on the clock, so that 23 is next to 0; missing is NaN twice. */
const onTheClock = (hour: number | null): readonly [number, number] => {
  const angle = hour === null ? Number.NaN : (hour / 24) * 2 * Math.PI;
  return [Math.sin(angle), Math.cos(angle)];
};

const clockEncoding = defineEncoding('clock', EncoderBase.extend({ encoding: z.literal('clock') }), ({ feature }) => ({
  columns: [`${feature}=sin`, `${feature}=cos`],
  datatype: 'FP64',
  enumeration: null,
  rowWriter: () => (raw, out, at) => out.set(onTheClock(readNumber(raw)), at),
  chunkWriter: (column) => ({
    sql: `coalesce(${column}, 'NaN'::float)`,
    write(numbers, { values, columns, from }) {
      for (let row = 0; row < numbers.itemCount; row++)
        values.set(onTheClock(numbers.getItem(row)), from + row * columns);
    },
  }),
}));

const CLOCK = { encoding: 'clock' } as const;

/** What the recipe for a feature kind comes to. docs/recipes.test.ts follows it with this file. */
export const hour = defineKind({
  definition: Named.extend({ kind: z.literal('hour') }),
  encodings: [clockEncoding],
  summary: 'range',
  sliced: false,
  cell: { expected: 'an hour,', read: readNumber },
  use: ({ name }) => ({
    source: { from: 'field', field: name },
    reading: NUMBER,
    encodings: [clockEncoding.name],
    fit: async () => CLOCK,
    unfitted: CLOCK,
    examples: [0, '12.5', -1, 24, 1e-30, 'n/a', [1], '1e39', true],
  }),
});
