import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { ModelDefinition } from '#contracts/model-definition';
import { literal } from '#features/sql';
import { copyLine } from './copy-line.fixture.js';
import { TrainingDatabase } from './duckdb.js';
import { readHoldout } from './holdout.js';
import { PARTS } from './rows-sql.js';
import { writeSnapshot } from './snapshot.js';
import { readTypedRows } from './typed-rows.js';

vi.setConfig({ testTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), 'ratchet-growing-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ROWS = 1000;

function definitionOf(key: string): ModelDefinition {
  return ModelDefinition.parse({
    name: 'growing',
    kind: 'multi-class',
    label: 'y',
    classes: ['a', 'b'],
    features: [{ name: 'x', kind: 'numeric' }],
    split: { key },
  });
}

/** The first rows of a dataset that only grows: where each row was put, and which the judge gets. */
async function partsOf(count: number, definition: ModelDefinition) {
  const copied = join(folder, 'rows.copy');
  const parquet = join(folder, `${count}.parquet`);
  const lines = Array.from({ length: count }, (_, i) => {
    const features = JSON.stringify({ x: i % 17, y: i % 2 ? 'a' : 'b', site: `site-${i % 211}` });
    return copyLine([`task-${i}`, '2026-01-01 00:00:00', null, null, null, null, null, features]);
  });
  writeFileSync(copied, lines.join(''));
  const database = await TrainingDatabase.open({ threads: 2, memoryMb: 512, spillDir: join(folder, 'spill') });
  try {
    await writeSnapshot(database, [copied], parquet);
    await readTypedRows(database, parquet, definition);
    const rows = await database.rows(`
      select s.task_id, t.part from typed_rows t
      join (select file_row_number as n, task_id from read_parquet(${literal(parquet)}, file_row_number = true)) s using (n)`);
    const held = new Set<string>();
    for await (const batch of readHoldout(database, parquet, definition))
      for (const task of batch.taskIds()) held.add(task);
    return { parts: new Map(rows.map(([task, part]) => [String(task), Number(part)])), held };
  } finally {
    database.close();
  }
}

describe.each(['task_id', 'site'])('a dataset that has grown tenfold, split by %s', (key) => {
  it('leaves every row in the part it was in, so that no test row ever trains a version', async () => {
    const definition = definitionOf(key);
    const before = await partsOf(ROWS, definition);
    const after = await partsOf(ROWS * 10, definition);
    expect(before.parts.size).toBe(ROWS);
    expect(after.parts.size).toBe(ROWS * 10);
    expect(before.held.size).toBeGreaterThan(ROWS / 20);
    const moved = [...before.parts].filter(([task, part]) => after.parts.get(task) !== part);
    expect(moved).toEqual([]);
    const test = [...after.parts].filter(([, part]) => part === PARTS.test).map(([task]) => task);
    expect(after.held).toEqual(new Set(test));
    expect([...before.held].every((task) => after.held.has(task))).toBe(true);
  });
});
