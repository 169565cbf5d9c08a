import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { seededRandom } from '#domain/statistics/random';
import { ModelFormatError } from '../evaluator.js';
import { ForestEvaluator } from '../walks/forest-evaluator.js';
import { isChangeable, mutate } from './mutations.fixture.js';
import { readModel } from './read-model.js';
import { readVersionFile, type VersionCase } from './version-cases.js';

const folder = join(import.meta.dirname, '../fixtures/versions');
const files = readdirSync(folder).filter((file) => file.endsWith('.json.gz'));
const SEED = Number(process.env.RATCHET_SEED ?? 17);
/** Each file gets its share. */
const MUTATIONS = Number(process.env.RATCHET_MUTATIONS ?? 600);

const answersOf = ({ format, matrix, rows }: VersionCase, bytes: Uint8Array): Float64Array => {
  const { forest } = readModel(format, bytes);
  const values = new Float32Array(Uint8Array.from(Buffer.from(matrix ?? '', 'base64')).buffer);
  return new ForestEvaluator(forest, []).predict(values, rows ?? 0);
};

/** Only numbers that are there change what a model says; where they are and what is around them does not. */
it.each(files)(`a changed model of %s is refused, or answers as before (seed ${SEED})`, async (file) => {
  const { cases } = await readVersionFile(join(folder, file));
  const models = cases.filter(isChangeable);
  const random = seededRandom(SEED);
  const outcomes = { refused: 0, same: 0 };
  for (let i = 0; i < MUTATIONS / files.length; i++) {
    const one = models[i % models.length];
    if (one === undefined) throw new Error('no models');
    const bytes = Buffer.from(one.content ?? '', 'base64');
    const mutation = mutate(one.format, bytes, random);
    try {
      const answers = answersOf(one, mutation.bytes);
      // Without its weights a model of 3.3 and later is another, to the library as well.
      if (!/(remove|rename) weight_drop/.test(mutation.what))
        expect(answers, `${one.kind}, ${mutation.what}`).toEqual(answersOf(one, bytes));
      outcomes.same++;
    } catch (error) {
      if (!(error instanceof ModelFormatError)) throw error;
      outcomes.refused++;
    }
  }
  expect(outcomes.refused).toBeGreaterThan(10);
  expect(outcomes.same).toBeGreaterThan(3);
});
