import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from '@swc/core';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** Where SQL for Postgres may stand. */
const HOMES = /^(apps\/[^/]+\/storage|libs\/database|libs\/outbox)\b/;
/** SQL of another database: DuckDB, which reads snapshots. */
const ELSEWHERE = /^libs\/(features|models\/training)\//;

/** Which service owns which schema. */
const SCHEMAS: Readonly<Record<string, string>> = {
  'feedback-ingest': 'feedback',
  trainer: 'training',
  evaluator: 'evaluation',
  registry: 'registry',
};
const NAMED = new RegExp(`\\b(${Object.values(SCHEMAS).join('|')})\\.(\\w+)`, 'g');

const STATEMENT =
  /^\s*(select\b.*\bfrom\s|insert\s+into\s|update\s+[\w.]+\s(as\s|\w+\s)?\s*set\s|delete\s+from\s|with\s+\w+\s+as\b|copy\s+[\w.$]+.*\b(from|to)\s+std)/is;
const isSql = (text: string): boolean =>
  STATEMENT.test(text) ||
  /\b(from|join|into|update|truncate)\s+(feedback|training|evaluation|registry)\.\w/i.test(text);

/** Texts in a source file: a template's pieces together, with "$" for what is put in. */
function textsIn(source: string): string[] {
  const texts: string[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('type' in node && node.type === 'StringLiteral' && 'value' in node) texts.push(String(node.value));
    if ('type' in node && node.type === 'TemplateLiteral' && 'quasis' in node && Array.isArray(node.quasis))
      texts.push(node.quasis.map((piece: { raw: string }) => piece.raw).join('$'));
    Object.values(node).forEach(visit);
  };
  visit(parseSync(source, { syntax: 'typescript', decorators: true }));
  return texts;
}

const filesIn = (folder: string, ending: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => `${folder}/${file}`)
    .filter((file) => file.endsWith(ending) && !file.includes('.test.') && !file.startsWith('apps/console/'));

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** Every SQL text below a folder, with its file. */
const sqlBelow = (folder: string): { file: string; text: string }[] => [
  ...filesIn(folder, '.sql').map((file) => ({ file, text: read(file).replaceAll(/--.*$/gm, '') })),
  ...filesIn(folder, '.ts').flatMap((file) =>
    textsIn(read(file))
      .filter(isSql)
      .map((text) => ({ file, text })),
  ),
];

/** What migrations make for other services to read. */
const VIEWS = new Set(
  filesIn('libs/database', '.ts')
    .filter((file) => file.includes('/migrations/'))
    .flatMap((file) => [...read(file).matchAll(/create (?:or replace )?view (\w+\.\w+)/g)].map(([, view]) => view)),
);

describe('SQL', () => {
  it.each([
    'select 1 as n from pool',
    '\nselect a,\n  b\nfrom feedback.tasks',
    'insert into t (a) values ($1)',
    'UPDATE registry.tokens SET name = $1',
    'update feedback.offsets o set n = 1',
    'delete from t',
    'with a as (select 1) table a',
    'begin; update feedback.offsets set n = 1',
    'COPY $ FROM STDIN (FORMAT binary)',
    'lateral (select max(n) from evaluation.windows)',
  ])('is recognised: %j', (text) => {
    expect(isSql(text)).toBe(true);
  });

  it.each(['select 1', 'Select a model.', 'update', 'delete from', 'Deleted from the store', 'training.requested'])(
    'is not: %j',
    (text) => {
      expect(isSql(text)).toBe(false);
    },
  );

  it('is found in any kind of text of a source file', () => {
    const source = "@A('delete from a where b') class B { c = `select $" + '{x} from $' + '{d}`; }';
    expect(textsIn(source).filter(isSql)).toEqual(['delete from a where b', 'select $ from $']);
  });

  it('stands in storage folders and libs/database only', () => {
    const strays = ['apps', 'libs']
      .flatMap(sqlBelow)
      .filter(({ file }) => !HOMES.test(file) && !ELSEWHERE.test(file))
      .map(({ file, text }) => `${file}: ${text.trim().slice(0, 60)}`);
    expect(strays).toEqual([]);
  });

  it.each(Object.entries(SCHEMAS))('of %s names its own schema %s, and of others only views', (service, own) => {
    const texts = sqlBelow(`apps/${service}/storage`);
    expect(texts.length).toBeGreaterThan(3);
    const foreign = texts.flatMap(({ file, text }) =>
      [...text.matchAll(NAMED)]
        .filter(([name, schema]) => schema !== own && !VIEWS.has(name))
        .map(([name]) => `${file}: ${name}`),
    );
    expect(foreign).toEqual([]);
  });
});
