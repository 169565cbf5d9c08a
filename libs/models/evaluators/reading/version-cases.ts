import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { ImportFormat } from '#contracts/model-package';
import { ModelFormatError } from '../evaluator.js';
import { ForestEvaluator } from '../walks/forest-evaluator.js';
import { readModel } from './read-model.js';

const VersionCase = z.object({
  kind: z.string(),
  file: z.string(),
  format: ImportFormat,
  /** The file itself, where the cases are in one. */
  content: z.base64().optional(),
  /** All that follows is missing where the model is one that has to be refused. */
  width: z.int().optional(),
  classes: z.int().optional(),
  rows: z.int().optional(),
  matrix: z.base64().optional(),
  probabilities: z.base64().optional(),
});
export type VersionCase = z.infer<typeof VersionCase>;

/** What matrix.py and packed.py in test/conformance/models write: models of one version of a library, and what that makes of some rows. */
export const VersionCases = z.object({
  versions: z.record(z.string(), z.string()),
  cases: z.array(VersionCase),
});
export type VersionCases = z.infer<typeof VersionCases>;

/** Cases in one compressed file. */
export async function readVersionFile(path: string): Promise<VersionCases> {
  return VersionCases.parse(JSON.parse(gunzipSync(await readFile(path)).toString('utf8')));
}

/** The largest difference of a probability, or why the file is refused. */
export type Outcome = { readonly difference: number } | { readonly refused: string };

/** @param folder where the files are, if they are not in the cases */
export async function outcomeOf(one: VersionCase, folder = ''): Promise<Outcome> {
  const bytes = one.content === undefined ? await readFile(join(folder, one.file)) : Buffer.from(one.content, 'base64');
  try {
    const { forest } = readModel(one.format, bytes, { rounds: 'best' });
    const matrix = new Float32Array(copyOf(one.matrix ?? ''));
    const expected = new Float64Array(copyOf(one.probabilities ?? ''));
    const evaluator = new ForestEvaluator(forest, []);
    const rows = one.rows ?? 0;
    const found = evaluator.predict(matrix, rows);
    const row = new Float64Array(forest.classes);
    let difference = found.length === expected.length ? 0 : Number.NaN;
    for (let r = 0; r < rows; r++) {
      evaluator.predictRow(matrix, r * forest.width, row);
      for (let c = 0; c < forest.classes; c++) {
        const theirs = expected[r * forest.classes + c] ?? Number.NaN;
        const ours = found[r * forest.classes + c] ?? Number.NaN;
        difference = Math.max(difference, Math.abs(theirs - ours), Math.abs(theirs - (row[c] ?? Number.NaN)));
      }
    }
    return { difference };
  } catch (error) {
    if (error instanceof ModelFormatError) return { refused: error.message };
    throw error;
  }
}

const copyOf = (base64: string): ArrayBuffer => Uint8Array.from(Buffer.from(base64, 'base64')).buffer;
