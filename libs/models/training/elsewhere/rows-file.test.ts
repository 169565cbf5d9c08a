import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ModelDefinition } from '#contracts/model-definition';
import { splitPart } from '#domain/split';
import { ALL_ROWS } from '#domain/training/windows';
import { literal } from '#features/sql';
import { balancedWeights } from '../class-weights.js';
import { type MatrixPart, readInChunks } from '../matrices.js';
import type { TrainingDatabase } from '../rows/duckdb.js';
import type { SpreadColumn } from './order.js';
import { SITES, siteRows, writtenRows } from './rows-file.fixture.js';

const folder = mkdtempSync(join(tmpdir(), 'ratchet-rows-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What the job makes of the file's values. */
const spread = (columns: readonly SpreadColumn[], values: readonly number[]): number[] =>
  columns.flatMap((column, i) => {
    const value = values[i] ?? Number.NaN;
    if (column.as === 'one-hot') return Array.from({ length: column.width }, (_, at) => (at === value ? 1 : 0));
    const isMissing = Number.isNaN(value);
    return [isMissing ? (column.fill ?? value) : value, ...(column.indicator ? [isMissing ? 1 : 0] : [])];
  });

const rowsOf = async (database: TrainingDatabase, file: string) =>
  (await database.rows(`select * from read_parquet(${literal(file)})`)).map(([key, y, ...rest]) => ({
    part: splitPart(String(key), SITES.split.shares),
    y: Number(y),
    numbers: rest.map(Number),
  }));

it('gives a cluster what splits into the same parts and spreads into the same columns as here', async () => {
  const { database, encoding, columns, file, weighted } = await writtenRows(folder, siteRows(2000), SITES, ALL_ROWS);
  try {
    expect(weighted).toBe(false);
    expect(columns.map(({ as }) => as)).toEqual(['number', 'number', 'number', 'one-hot', 'number', 'one-hot']);
    const written = await rowsOf(database, file);
    expect(written).toHaveLength(2000);
    for (const part of ['train', 'validation'] satisfies MatrixPart[]) {
      const found = written.filter((row) => row.part === part);
      const expected: { y: number; row: number[] }[] = [];
      for await (const { matrix, labels } of readInChunks(database, encoding, part))
        for (const [i, y] of labels.entries())
          expected.push({ y, row: [...matrix.values.subarray(i * matrix.columns, (i + 1) * matrix.columns)] });
      expect(expected.length).toBeGreaterThan(200);
      expect(found.map(({ y, numbers }) => ({ y, row: spread(columns, numbers) }))).toEqual(expected);
    }
  } finally {
    database.close();
  }
});

it('weighs classes and age as the trainer itself does, and leaves out what a window does', async () => {
  const day = 86_400_000;
  const definition = ModelDefinition.parse({ ...SITES, class_weights: 'balanced' });
  const window = { name: 'half-life', from: null, halfLifeMs: day, mostlyFrom: null };
  const { database, file, encoding } = await writtenRows(folder, siteRows(2000), definition, window);
  try {
    const train = (await rowsOf(database, file)).filter(({ part }) => part === 'train');
    const classes = balancedWeights(
      Float32Array.from(train, ({ y }) => y),
      2,
    );
    const times: number[] = [];
    for await (const chunk of readInChunks(database, encoding, 'train')) times.push(...chunk.times);
    const newest = Math.max(...times);
    train.forEach(({ numbers: [weight] }, i) => {
      expect(weight).toBeCloseTo((classes[i] ?? 0) * 2 ** (((times[i] ?? 0) - newest) / day), 5);
    });
  } finally {
    database.close();
  }
  const from = Date.UTC(2026, 0, 1) + 500 * 60_000;
  const cut = await writtenRows(folder, siteRows(2000), SITES, {
    name: 'days',
    from,
    halfLifeMs: null,
    mostlyFrom: from,
  });
  try {
    expect(await rowsOf(cut.database, cut.file)).toHaveLength(1500);
  } finally {
    cut.database.close();
  }
});
