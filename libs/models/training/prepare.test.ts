import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModelDefinition } from '#contracts/model-definition';
import type { Encoder } from '#contracts/model-package';
import { matrixColumns } from '#domain/encoding/columns';
import { compileEncoder } from '#domain/encoding/encoder';
import { splitKeyOf, splitPart } from '#domain/split';
import { readBoolean, readCategory, readNumber } from '#features/coercion';
import { booleanSql, expectedMembersSql, membersSql, numberSql, textSql } from '#features/coercion-sql';
import { literal } from '#features/sql';
import { fitEncoders } from './fit-encoders.js';
import { readMatrices } from './matrices.js';
import { copyLine } from './rows/copy-line.fixture.js';
import { TrainingDatabase } from './rows/duckdb.js';
import { readHoldout } from './rows/holdout.js';
import { writeSnapshot } from './rows/snapshot.js';
import { readTypedRows } from './rows/typed-rows.js';

const folder = mkdtempSync(join(tmpdir(), 'ratchet-prepare-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A database for all tests of a block. */
function useDatabase(): () => TrainingDatabase {
  let database: TrainingDatabase | null = null;
  beforeAll(async () => {
    database = await TrainingDatabase.open({ threads: 2, memoryMb: 512, spillDir: join(folder, 'spill') });
  });
  afterAll(() => database?.close());
  return () => {
    if (!database) throw new Error('the database is not open yet');
    return database;
  };
}

let state = 11;
const random = (): number => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};
const pick = <T>(choices: readonly T[]): T | undefined => choices[Math.floor(random() * choices.length)];

/** Values as engines send them, the odd ones included. */
const VALUES: readonly unknown[] = [
  0,
  1,
  2,
  31,
  44.5,
  -7.25,
  1e5,
  1e-7,
  123456789012,
  0.1,
  3.0,
  1e39,
  -1e300,
  12345678901234567000,
  '31',
  ' 7 ',
  '+1.50',
  '5.',
  '.5',
  '1e3',
  '1e999',
  '-0',
  '1_000',
  '0x1F',
  'inf',
  'NaN',
  '1,5',
  true,
  false,
  'true',
  'TRUE',
  'Yes',
  'off',
  ' n ',
  'maybe',
  't',
  '1.0',
  '0.000',
  '',
  '   ',
  '\t\n',
  null,
  undefined,
  [],
  [1],
  {},
  { a: 'b' },
  [true],
  'forum',
  'Forum',
  ' forum',
  'blog',
  'wîki',
  "it's",
  'a"b',
  'x,y',
  '{z}',
  '[z]',
  'line\nbreak',
  '\u00a0',
  'null',
  '日本',
  'https://forum.example.org/t/1',
  'http://www.example.com',
  'HTTPS://x.dev:8443/a//b?x#y',
  'ftp://no.org',
  'nonsense',
  'https://b\u00fccher.example/\u00e4',
  'https://10.0.0.1/a/b/c',
];
/** As Postgres writes jsonb: a space after colons and commas. */
const jsonb = (value: Record<string, unknown>): string =>
  `{${Object.entries(value)
    .filter(([, v]) => v !== undefined)
    .map(([k, v]) => `${JSON.stringify(k)}: ${JSON.stringify(v)}`)
    .join(', ')}}`;

describe('reading values in SQL', () => {
  const database = useDatabase();
  it('agrees with the functions serving uses, value by value', async () => {
    const texts = VALUES.map((v) => literal(jsonb({ 'o/d~d "k': v })));
    const rows = await database().rows(`
      select ${textSql('t')}, ${numberSql(textSql('t'))}, ${booleanSql(textSql('t'))}
      from (select i, ${membersSql('j', ['o/d~d "k'])}[1] as t from (
        select generate_subscripts(l, 1) as i, unnest(l) as j from (select [${texts.join(', ')}] as l))) order by i`);
    expect(rows).toHaveLength(VALUES.length);
    VALUES.forEach((value, i) => {
      const number = readNumber(value);
      const expected = [readCategory(value), number === null ? null : Math.fround(number), readBoolean(value)];
      expect({ value, read: rows[i] }).toEqual({ value, read: expected });
    });
  });
});

describe('reading JSON numbers in SQL', () => {
  const database = useDatabase();
  it.each(['3.0', '-1.50', '1e5', '1E+2', '-0.0', '0.1000000000000000055', '12345678901234567890.5', '100', '0.00001'])(
    '%s is what JavaScript makes of it',
    async (number) => {
      const json = `{"v": ${number}, "w": 1}`;
      const [text] = await database().row(`select ${membersSql(literal(json), ['v', 'w'])}[1]`);
      expect(text).toBe(readCategory(JSON.parse(number)));
    },
  );
});

describe('reading rows that hold what is expected', () => {
  const database = useDatabase();
  const fields = new Map([
    ['n', 'number'],
    ['b', 'boolean'],
    ['t', 'text'],
  ] as const);

  it.each([
    ['{"n": 1.5, "b": true, "t": "a b"}', { n: 1.5, b: true, t: 'a b' }],
    ['{"n":-0.25,"b":null,"t":12}', { n: -0.25, b: null, t: '12' }],
    ['{"t": true, "other": "x"}', { n: null, b: null, t: 'true' }],
    ['{}', { n: null, b: null, t: null }],
    ['{"n": "1"}', null],
    ['{"n": true}', null],
    ['{"b": "yes"}', null],
    ['{"b": 1}', null],
    ['{"t": " a"}', null],
    ['{"t": "a "}', null],
    ['{"t": ""}', null],
    ['{"t": "a\\n"}', null],
    ['{"t": ["a"]}', null],
    ['{"t": 1.0}', null],
    ['{"t": 0.0000001}', null],
  ])('%s', async (json, expected) => {
    const sql = expectedMembersSql(literal(json), fields) ?? 'no SQL';
    const [found] = await database().row(`select to_json(${sql})::varchar`);
    expect(found === null ? null : JSON.parse(String(found))).toEqual(expected);
  });

  it.each([[['a', 'A']], [['a"b']], [['a\\b']]])('%j cannot be read that way', (names) => {
    expect(expectedMembersSql('j', new Map(names.map((name) => [name, 'text'])))).toBeNull();
  });
});

const definitionWith = (category: string): ModelDefinition =>
  ModelDefinition.parse({
    name: 'sample',
    kind: 'action-outcome',
    actions: ['comment', 'forum', "gu'est"],
    features: [
      { name: 'da', kind: 'numeric' },
      { name: 'pa', kind: 'numeric', fill: 'median', missing_indicator: true },
      { name: 'mean', kind: 'numeric', fill: 'mean' },
      { name: 'constant', kind: 'numeric', fill: 3.3 },
      { name: 'login', kind: 'boolean' },
      { name: 'mode', kind: 'boolean', fill: 'mode', missing_indicator: true },
      { name: category, kind: 'categorical' },
      { name: 'type', kind: 'categorical', one_hot_limit: 3 },
      { name: 'rare', kind: 'categorical', minimum_count: 40 },
      { name: 'never', kind: 'categorical' },
      { name: 'domain', kind: 'derived-from-url', derive: 'domain', one_hot_limit: 0 },
      { name: 'tld', kind: 'derived-from-url', derive: 'tld' },
      { name: 'depth', kind: 'derived-from-url', derive: 'path_depth', url: 'link' },
      { name: 'https', kind: 'derived-from-url', derive: 'https' },
    ],
    split: { key: 'domain' },
  });

/** Values of the kind that a field is for, as a well-kept engine sends them. */
const EXPECTED: Readonly<Record<string, readonly unknown[]>> = {
  da: [0, 31, 44.5, -7.25, -0, 0.1, 123456789012, 0.000001, 0.0000001, 3.4e38, 1e39, null],
  pa: [1, 2.5, null],
  mean: [1, 2, 3.75],
  constant: [3.3, null],
  login: [true, false, null],
  mode: [true, false],
  Type: ['blog', 'forum', 'wîki', 3, 0.00001, 0.0000001, 1.5, true, null],
  genre: ['blog', 'forum', 'x, y', 'ends ', ' starts', '', 'a\\b', '\u00a0', 17, false],
  type: ['a', 'b', '日本', "it's", 'T'],
  rare: ['one', 'two', 'of many'],
  link: ['https://forum.example.org/t/1', 'nonsense'],
  url: ['http://www.example.com', 'https://b\u00fccher.example/\u00e4', 'https://10.0.0.1/a/b/c'],
  extra: ['anything', 12, null],
};

function randomRows(count: number) {
  return Array.from({ length: count }, (_, i) => {
    const features: Record<string, unknown> = {};
    // Most rows hold what is expected; some do in all but a few places; the rest hold anything.
    const odd = pick([0, 0, 0.1, 1]) ?? 0;
    for (const [name, expected] of Object.entries(EXPECTED))
      if (random() < 0.9) features[name] = pick(random() < odd ? VALUES : expected);
    return {
      // Characters that COPY escapes, and texts that look as if it had.
      task: `${pick(['task', 'task', 'ta\tsk', 'ta\\tsk', 'ta\\\\nsk', '\\N', 'a\nb', '"quoted"', "a,b'c"])}-${i}`,
      action: pick(['comment', 'forum', "gu'est", 'other', null]) ?? null,
      success: pick(['t', 'f', null]) ?? null,
      features,
    };
  });
}

const asFitted = (encoder: Encoder): Encoder => encoder;
const unseenIsMissing = (encoder: Encoder): Encoder =>
  encoder.encoding === 'ordinal' ? { ...encoder, categories: encoder.categories.slice(1), unseen: 'missing' } : encoder;

// Names that differ only by case are read in another way than names that do not.
describe.each([
  ['Type', asFitted],
  ['genre', unseenIsMissing],
] as const)('preparing a snapshot with the features "type" and "%s"', (category, change) => {
  const database = useDatabase();
  const definition = definitionWith(category);
  const rows = randomRows(3000);
  const copied = join(folder, 'rows.copy');
  const parquet = join(folder, 'rows.parquet');
  const known = rows.filter(({ action, success }) => action !== null && action !== 'other' && success !== null);

  const write = (list: typeof rows): void =>
    writeFileSync(
      copied,
      list
        .map(({ task, action, success, features }) =>
          copyLine([task, '2026-01-04 09:12:31.1182+00', action, success, null, '0.25', 'v1.0.0', jsonb(features)]),
        )
        .join(''),
    );

  it('freezes the same rows into the same bytes, whatever order they come in', async () => {
    write(rows);
    const first = await writeSnapshot(database(), [copied], parquet);
    expect(first).toMatchObject({ rows: 3000, watermark: '2026-01-04T09:12:31.118Z' });
    write(rows.toReversed());
    expect((await writeSnapshot(database(), [copied], join(folder, 'again.parquet'))).hash).toBe(first.hash);
    write(rows.slice(1));
    expect((await writeSnapshot(database(), [copied], join(folder, 'fewer.parquet'))).hash).not.toBe(first.hash);
  });

  it('encodes every row exactly as serving does, and splits by the hash of the key', async () => {
    write(rows);
    await writeSnapshot(database(), [copied], parquet);
    const typed = await readTypedRows(database(), parquet, definition);
    expect(typed.leftOut).toBe(rows.length - known.length);
    const encoders = (await fitEncoders(database(), definition, typed)).map(change);
    const encoder = compileEncoder({ definition, encoders, columns: matrixColumns(definition, encoders) });
    expect(encoders.find(({ feature }) => feature === 'never')).toMatchObject({ encoding: 'one-hot', categories: [] });
    expect(encoders.find(({ feature }) => feature === 'type')).toMatchObject({ encoding: 'ordinal' });

    const matrices = await readMatrices(database(), definition, typed, encoders);
    const sorted = known.toSorted((a, b) => (a.task < b.task ? -1 : 1));
    for (const part of ['train', 'validation'] as const) {
      const { matrix, labels } = matrices[part];
      const expected = sorted.filter(
        ({ task, features }) => splitPart(splitKeyOf(definition, task, features), definition.split.shares) === part,
      );
      expect(matrix).toMatchObject({ rows: expected.length, columns: encoder.width });
      expect(expected.length).toBeGreaterThan(100);
      expected.forEach(({ task, action, success, features }, row) => {
        const out = new Float32Array(encoder.width);
        encoder.encode(JSON.parse(jsonb(features)), out, 0);
        encoder.encodeAction(action ?? '', out, 0);
        const found = [...matrix.values.subarray(row * matrix.columns, (row + 1) * matrix.columns)];
        expect({ task, features, row: found }).toEqual({ task, features, row: [...out] });
        expect(labels[row]).toBe(success === 't' ? 1 : 0);
      });
    }
  });

  it('keeps the rows of the test part for judging, with their raw features', async () => {
    write(rows);
    await writeSnapshot(database(), [copied], parquet);
    const held = [];
    for await (const { features, y, action, propensity, taskIds } of readHoldout(database(), parquet, definition)) {
      const tasks = taskIds();
      for (const [row, raw] of features.entries())
        held.push({
          taskId: tasks[row],
          action: definition.kind === 'action-outcome' ? definition.actions[action[row] ?? -1] : null,
          y: y[row],
          propensity: propensity[row],
          features: raw,
        });
    }
    const expected = known
      .filter(
        ({ task, features }) => splitPart(splitKeyOf(definition, task, features), definition.split.shares) === 'test',
      )
      .toSorted((a, b) => (a.task < b.task ? -1 : 1))
      .map(({ task, action, success, features }) => ({
        taskId: task,
        action,
        y: success === 't' ? 1 : 0,
        propensity: 0.25,
        features: JSON.parse(jsonb(features)),
      }));
    expect(expected.length).toBeGreaterThan(100);
    expect(held).toEqual(expected);
  });
});
