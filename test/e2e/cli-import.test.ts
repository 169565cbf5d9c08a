import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DatasetSummary } from '#contracts/http/dataset';
import { ImportCounts, ImportKind } from '#contracts/http/ingest';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { until } from '../../deploy/local/until.js';
import { useStack } from '../stack/use-stack.js';

const FILES = ['automation_logs.jsonl', 'shadow_mode_logs.jsonl', 'raw_export.csv'].map((name) =>
  join(REPOSITORY, 'test/fixtures/feedback', name),
);
const Reports = z.array(
  z.object({ source: z.string(), kind: ImportKind, counts: ImportCounts, rejected_file: z.string().nullable() }),
);
type Reports = z.infer<typeof Reports>;

const folder = mkdtempSync(join(tmpdir(), 'ratchet-import-'));
const models = join(folder, 'models');
mkdirSync(models);
const delivered = 'backlink-outcome.yaml';
writeFileSync(join(models, delivered), readFileSync(join(REPOSITORY, 'deploy/models', delivered)));
const definition = (name: string, further = ''): void =>
  writeFileSync(
    join(models, `${name}.yaml`),
    `name: ${name}
kind: multi-class
label: churned
classes: ['yes', 'no']
features:
  - { name: months, kind: numeric }
  - { name: stadt, kind: categorical }
${further}`,
  );
definition('churn');
definition('exact', 'strict: true\n');

const file = (name: string, content: string | Buffer): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

describe('ratchet import', () => {
  const stack = useStack('cli-import', {
    services: ['feedback-ingest', 'registry'],
    env: { '*': { MODELS_DIR: models } },
  });
  let first: Reports;
  let again: Reports;
  const importAll = async (): Promise<Reports> => {
    const { code, stdout, stderr } = await stack().cli('import', ...FILES, '--json');
    expect(code, stderr).toBe(0);
    return Reports.parse(JSON.parse(stdout));
  };
  beforeAll(async () => {
    first = await importAll();
    again = await importAll();
  });

  it('knows an automation log, a shadow log and a raw export by their content', () => {
    expect(first.map(({ kind }) => kind)).toEqual(['automation', 'shadow', 'dataset']);
  });

  it('accounts for every line, and for every rejection with a reason', () => {
    for (const { counts } of first) {
      expect(counts.read).toBe(counts.taken + counts.folded + counts.duplicate + counts.rejected);
      expect(counts.taken).toBeGreaterThan(0);
      expect(counts.rejected).toBeGreaterThan(0);
      expect(Object.values(counts.rejected_by_reason).reduce((sum, n) => sum + n, 0)).toBe(counts.rejected);
    }
  });

  it('writes the rejected rows into a file, with line numbers', () => {
    for (const { counts, rejected_file } of first) {
      if (rejected_file === null) throw new Error('no file of rejected rows');
      const file = join(stack().home, 'work', rejected_file);
      const lines = readFileSync(existsSync(file) ? file : rejected_file, 'utf8')
        .trim()
        .split('\n');
      expect(lines.length).toBe(counts.rejected + 1);
      expect(lines[0]).toMatch(/^line,/);
    }
  });

  it('adds nothing the second time', () => {
    for (const [i, { counts }] of again.entries()) {
      expect(counts).toMatchObject({ taken: 0, folded: 0, rejected: first[i]?.counts.rejected });
      expect(counts.duplicate).toBe(counts.read - counts.rejected);
    }
  });

  const rows = (separator: string, header = ['months', 'stadt', 'churned'], id = ''): string =>
    [header, ['3', `Köln${id}`, 'yes'], ['40', `Würzburg${id}`, 'no']]
      .map((row) => `${row.join(separator)}\n`)
      .join('');
  const churn = async (path: string, ...options: string[]) => {
    const { code, stdout, stderr } = await stack().cli('import', path, '--model', 'churn', ...options);
    return { code, text: `${stdout}${stderr}` };
  };

  it.each<[string, string | Buffer, string]>([
    ['commas', rows(',', undefined, '1'), 'taken'],
    ['semicolons', rows(';', undefined, '2'), 'cells separated by semicolon'],
    ['tabs', rows('\t', undefined, '3'), 'cells separated by tab'],
    ['UTF-16', Buffer.from(`\uFEFF${rows('\t', undefined, '4')}`, 'utf16le'), 'utf-16le, cells separated by tab'],
    ['Latin-1', Buffer.from(rows(';', undefined, '5'), 'latin1'), 'windows-1252, cells separated by semicolon'],
    ['gzip', gzipSync(rows(',', undefined, '6')), 'is read as gzip'],
  ])('reads a dataset with %s, without being told what it is', async (name, content, said) => {
    const { code, text } = await churn(file(`${name}.csv`, content));
    expect(code, text).toBe(0);
    expect(text).toMatch(/taken +2 /);
    expect(text).toContain(said);
  });

  it('has kept every letter of it', async () => {
    const { stdout } = await stack().cli('dataset', 'summary', '--model', 'churn', '--json');
    const { rows: all, features } = DatasetSummary.parse(JSON.parse(stdout));
    expect(all).toBe(12);
    const cities = features.find(({ feature }) => feature === 'stadt')?.most_frequent.map(({ value }) => value);
    expect(cities?.filter((value) => /^(Köln|Würzburg)\d$/.test(value))).toHaveLength(10);
  });

  it('takes no row where a column is probably misspelt, and prints the command that reads it as what was meant', async () => {
    const path = file('meant.csv', rows(',', ['month', 'stadt', 'churned'], '8'));
    const { code, text } = await churn(path);
    expect(code).toBe(1);
    expect(text).toContain('column "month" is no feature of churn; did you mean "months", which no column holds?');
    const [, advised = ''] = /To read it as that: (?:npx )?ratchet (.*?)\. To take/.exec(text) ?? [];
    expect(advised).toBe(`import --model churn ${path} --rename month=months`);
    const { code: now, stdout } = await stack().cli(...advised.split(' '));
    expect(now).toBe(0);
    expect(stdout).toMatch(/taken +2 /);
    // With the header mended they are the same rows.
    const mended = await churn(file('mended.csv', rows(',', undefined, '8')));
    expect(mended.text).toMatch(/duplicate +2 /);
  });

  it('reads the label and the case under other names, too', async () => {
    const content = 'case;months;stadt;gone\nrenamed-1;3;Bonn;yes\n';
    const { code, text } = await churn(file('gone.csv', content), '--rename', 'case=task_id,gone=churned');
    expect(code, text).toBe(0);
    expect(text).toMatch(/taken +1 /);
    const [row] = await stack().query('select task_id from feedback.training_rows where task_id = $1', ['renamed-1']);
    expect(row).toEqual({ task_id: 'renamed-1' });
  });

  it('says so where there is no such column to rename', async () => {
    const { code, text } = await churn(file('nosuch.csv', rows(',')), '--rename', 'tenure=months');
    expect(code).toBe(1);
    expect(text).toContain('has no column "tenure"');
  });

  it('names a misspelt column before it begins where it is taken as it is', async () => {
    const { code, text } = await churn(file('month.csv', rows(',', ['month', 'stadt', 'churned'], '7')), '--as-is');
    expect(code, text).toBe(0);
    expect(text).toContain('column "month" is no feature, and is not learnt from; did you mean "months"?');
    expect(text).toContain('no column for months');
    const { stdout } = await stack().cli('dataset', 'summary', '--model', 'churn');
    expect(stdout).toContain('unknown feature "month" in 2 rows, not learnt from; did you mean "months"?');
  });

  it.each<[string, string | Buffer, string]>([
    [
      'no column of the label',
      'months,stadt,churn\n1,Bonn,yes\n',
      'There is no column "churned", which churn needs. There are "months", "stadt", "churn"; is it "churn"?',
    ],
    ['no feature', 'a,b,churned\n1,2,yes\n', 'None of its columns is a feature of churn'],
    ['no row', 'months,stadt,churned\n', 'Nothing was taken: there is no row in it.'],
    [
      'no row that can be taken',
      'months,churned\n1,maybe\n',
      'Nothing was taken: 1 row rejected, 1 as unknown-label; line 2: churned',
    ],
    ['only rows without features', 'months,stadt,churned\n,,yes\n', 'expected a value for at least one feature'],
    ['nothing', '', 'is empty.'],
  ])('takes nothing and fails, and says why, of a file with %s', async (name, content, why) => {
    const { code, text } = await churn(file(`${name}.csv`, content), '--kind', 'dataset');
    expect(code).toBe(1);
    expect(text).toContain(why);
  });

  it('says what it expected where the header shows no kind', async () => {
    const { code, text } = await churn(file('kind.csv', 'a;b\n1;2\n'));
    expect(code).toBe(1);
    expect(text).toContain(
      'A dataset of churn has the columns "churned" and one feature at least; there are "a", "b".',
    );
  });

  it('refuses an unknown column of a strict model', async () => {
    const path = file('strict.csv', rows(',', ['month', 'stadt', 'churned']));
    const { code, stderr } = await stack().cli('import', path, '--model', 'exact');
    expect(code).toBe(1);
    expect(stderr).toContain('exact is strict, and has no feature for the column "month"; is it "months"?');
  });

  it('counts what events of a log name wrongly, as it does on the topic', async () => {
    const said = (task_id: string, model: string, features: object) => ({ model, task_id, label: 'yes', features });
    const lines = [
      said('file-1', 'churn', { month: 3, stadt: 'Bonn' }),
      said('file-2', 'churn', { months: 'many' }),
      said('file-3', 'churn', { monat: 3 }),
      said('file-4', 'exact', { months: 'many' }),
    ];
    const path = file('named.jsonl', lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const { code, text } = await churn(path);
    expect(code, text).toBe(0);
    expect(text).toContain('unknown feature "month" in 1 row; did you mean "months"?');
    expect(text).toContain('feature "months" cannot be read in 2 rows: expected a number, got "many"');
    expect(text).toMatch(/unknown-feature +1/);
    expect(text).toMatch(/wrong-type +1/);

    const producer = stack().kafka.producer();
    await producer.connect();
    const messages = lines.map((line) => {
      const task_id = line.task_id.replace('file', 'topic');
      return { key: task_id, value: JSON.stringify({ ...line, task_id }) };
    });
    await producer.send({ topic: 'automation.outcomes', messages });
    await producer.disconnect();
    const metrics = async (): Promise<string> => (await fetch(`${stack().urls['feedback-ingest']}/metrics`)).text();
    const counted = 'ratchet_ingest_feature_problems_total{model="churn",';
    await until('the messages to be counted', async () => {
      const text = await metrics();
      return (
        text.includes(`${counted}feature="unknown",problem="unknown"} 2`) &&
        text.includes(`${counted}feature="months",problem="wrong-type"} 1`)
      );
    });
    await until('the dead letters', async () => {
      const { stdout } = await stack().cli('dlq', 'list', '--json');
      return stdout.includes('unknown-feature') && stdout.includes('wrong-type');
    });
    // What was taken all the same is told of the dataset, whichever way it came, and is not counted as present.
    await until('both rows to be in the dataset', async () => {
      const { stdout } = await stack().cli('dataset', 'summary', '--model', 'churn', '--json');
      const months = DatasetSummary.parse(JSON.parse(stdout)).features.find(({ feature }) => feature === 'months');
      return months?.wrong_type?.rows === 2 && months.wrong_type.example === '"many"';
    });
    const { stdout } = await stack().cli('dataset', 'summary', '--model', 'churn');
    expect(stdout).toContain('wrong type of "months" (numeric) in 2 rows, like "many": counted as missing');
  });
});
