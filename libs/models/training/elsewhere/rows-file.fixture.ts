import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ModelDefinition } from '#contracts/model-definition';
import { seededRandom } from '#domain/statistics/random';
import type { Window } from '#domain/training/windows';
import { fitEncoders } from '../fit-encoders.js';
import { type Encoding, prepareEncoding } from '../matrices.js';
import { copyLine } from '../rows/copy-line.fixture.js';
import { TrainingDatabase } from '../rows/duckdb.js';
import { writeSnapshot } from '../rows/snapshot.js';
import { readTypedRows } from '../rows/typed-rows.js';
import type { SpreadColumn } from './order.js';
import { spreadColumns, writeRowsFile } from './rows-file.js';

/** Every encoding there is, with fills and indicators, and a split by domain. */
export const SITES = ModelDefinition.parse({
  name: 'sites',
  kind: 'action-outcome',
  actions: ['comment', 'forum', 'guest'],
  features: [
    { name: 'da', kind: 'numeric' },
    { name: 'pa', kind: 'numeric', fill: 'median', missing_indicator: true },
    { name: 'login', kind: 'boolean', fill: 'mode' },
    { name: 'type', kind: 'categorical' },
    { name: 'domain', kind: 'derived-from-url', derive: 'domain', one_hot_limit: 10 },
  ],
  split: { key: 'domain' },
  minimum_rows: 100,
});

/** Some without a URL, whose task is their own group. */
export function siteRows(count: number): string {
  const random = seededRandom(9);
  return Array.from({ length: count }, (_, i) => {
    const da = random() < 0.1 ? null : Math.floor(random() * 100);
    const features = {
      da,
      pa: random() < 0.3 ? '' : random() * 25,
      login: random() < 0.2 ? undefined : random() < 0.5,
      type: random() < 0.1 ? null : ['blog', 'forum', 'wîki'][Math.floor(random() * 3)],
      url: random() < 0.05 ? null : `https://site${Math.floor(random() * 400)}.example.org/a`,
    };
    const action = ['comment', 'forum', 'guest'][i % 3] ?? '';
    const success = (da ?? 50) / 100 + random() * 0.5 > 0.7;
    const at = new Date(Date.UTC(2026, 0, 1) + i * 60_000).toISOString().replace('T', ' ').slice(0, 19);
    return copyLine([`t${i}`, at, action, String(success), null, null, null, JSON.stringify(features)]);
  }).join('');
}

export interface WrittenRows {
  readonly database: TrainingDatabase;
  readonly encoding: Encoding;
  readonly columns: SpreadColumn[];
  readonly file: string;
  readonly weighted: boolean;
}

/** Rows as a cluster is given them, and the database that they are from. Close it. */
export async function writtenRows(
  folder: string,
  rows: string,
  definition: ModelDefinition,
  window: Window,
): Promise<WrittenRows> {
  const copied = join(folder, 'rows.copy');
  const parquet = join(folder, 'snapshot.parquet');
  const file = join(folder, 'rows.parquet');
  writeFileSync(copied, rows);
  const database = await TrainingDatabase.open({ threads: 2, memoryMb: 256, spillDir: join(folder, 'spill') });
  await writeSnapshot(database, [copied], parquet);
  const typed = await readTypedRows(database, parquet, definition, { withKeys: true });
  const encoders = await fitEncoders(database, definition, typed);
  const encoding = await prepareEncoding(database, definition, typed, encoders);
  const { weighted } = await writeRowsFile(database, definition, encoding, window, file);
  return { database, encoding, columns: spreadColumns(encoding, definition), file, weighted };
}
