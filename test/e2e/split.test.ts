import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SPLIT_PARTS, splitPart } from '#domain/split';
import { literal } from '#features/sql';
import { TrainingDatabase } from '#models/training/rows/duckdb';
import { PARTS, partSql, testPartSql } from '#models/training/rows/rows-sql';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { SPLIT_SHARES, splitKeys } from '../fixtures/split-keys.js';
import { borrowDatabase } from '../stack/shared/borrow.js';

const KEYS = 1_000_000;
const split = (shares: (typeof SPLIT_SHARES)[number]) => ({ key: 'task_id', shares }) as const;

describe('the split in DuckDB', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ratchet-split-'));
  let database: TrainingDatabase;
  beforeAll(async () => {
    database = await TrainingDatabase.open({ threads: 2, memoryMb: 1024, spillDir: folder });
    await database.run('create table keys (key varchar, first utinyint, second utinyint)');
    const appender = await database.connection.createAppender('keys');
    for (const key of splitKeys(KEYS, { nul: true })) {
      appender.appendVarchar(key);
      for (const shares of SPLIT_SHARES) appender.appendUTinyInt(PARTS[splitPart(key, shares)]);
      appender.endRow();
    }
    appender.closeSync();
  });
  afterAll(() => {
    database?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([
    { column: 'first', shares: SPLIT_SHARES[0] },
    { column: 'second', shares: SPLIT_SHARES[1] },
  ])('is that of TypeScript on a million keys: $shares', async ({ column, shares }) => {
    const differing = await database.rows(`select key, ${column} from keys
      where ${column} <> ${partSql('key', split(shares))} or (${column} = ${PARTS.test}) <> (${testPartSql('key', split(shares))}) limit 10`);
    expect(differing).toEqual([]);
    const counted = await database.rows(`select ${column}, count(*) from keys group by all order by 1`);
    expect(counted.map(([part]) => part)).toEqual(Object.values(PARTS));
    expect(counted.reduce((sum, [, keys]) => sum + Number(keys), 0)).toBe(KEYS);
  });

  it('is that of TypeScript with any shares', () =>
    fc.assert(
      fc.asyncProperty(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        // A statement's text ends at a NUL; keys with one are among the million.
        fc.array(
          fc.string({ unit: 'binary' }).map((key) => key.replaceAll('\0', '')),
          { minLength: 1, maxLength: 20 },
        ),
        async (train, ofRest, keys) => {
          const validation = (1 - train) * ofRest;
          const shares = { train, validation, test: 1 - train - validation };
          const list = keys.map((key) => `(${literal(key)})`).join(', ');
          const rows = await database.rows(
            `select ${partSql('key', split(shares))}, ${testPartSql('key', split(shares))} from (values ${list}) keys(key)`,
          );
          const parts = keys.map((key) => splitPart(key, shares));
          expect(rows).toEqual(parts.map((part) => [PARTS[part], part === 'test']));
        },
      ),
      { numRuns: 200 },
    ));
});

describe('the split in PostgreSQL', () => {
  let database: Awaited<ReturnType<typeof borrowDatabase>>;
  let client: Client;
  beforeAll(async () => {
    database = await borrowDatabase('empty');
    client = new Client({ connectionString: database.url });
    await client.connect();
  });
  afterAll(async () => {
    await client?.end();
    await database?.stop();
  });

  it('is that of TypeScript on a million keys, by the expression of docs/training.md', async () => {
    const [, position = ''] =
      /```sql\n(.*convert_to\('split:'.*)\n```/.exec(readFileSync(join(REPOSITORY, 'docs/training.md'), 'utf8')) ?? [];
    const [shares] = SPLIT_SHARES;
    const keys = splitKeys(KEYS, { nul: false });
    const copied = (key: string): string =>
      key.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t');
    await client.query('create temp table keys (task_id text, part int)');
    const lines = keys.map((key) => `${copied(key)}\t${SPLIT_PARTS.indexOf(splitPart(key, shares))}\n`);
    const chunks = Array.from({ length: Math.ceil(KEYS / 10_000) }, (_, i) =>
      lines.slice(i * 10_000, (i + 1) * 10_000).join(''),
    );
    await pipeline(Readable.from(chunks), client.query(copyFrom('copy keys from stdin')));
    const { rows } = await client.query(
      `select count(*)::int as keys, count(*) filter (where part <> case when position < $1 then 0 when position < $2 then 1 else 2 end)::int as differing
       from (select part, ${position} as position from keys) placed`,
      [shares.train, shares.train + shares.validation],
    );
    expect(rows).toEqual([{ keys: KEYS, differing: 0 }]);
  });
});
