import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ImportCounts, ImportKind } from '#contracts/http/ingest';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { useStack } from '../stack/use-stack.js';

const FILES = ['automation_logs.jsonl', 'shadow_mode_logs.jsonl', 'raw_export.csv'].map((name) =>
  join(REPOSITORY, 'test/fixtures/feedback', name),
);
const Reports = z.array(
  z.object({ source: z.string(), kind: ImportKind, counts: ImportCounts, rejected_file: z.string().nullable() }),
);
type Reports = z.infer<typeof Reports>;

describe('ratchet import', () => {
  const stack = useStack('cli-import', { services: ['feedback-ingest', 'registry'] });
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
});
