import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { outcomeOf, readVersionFile } from './version-cases.js';

const folder = join(import.meta.dirname, '../fixtures/versions');
const files = readdirSync(folder).filter((file) => file.endsWith('.json.gz'));

it('there are models of the versions that are promised', () => {
  expect(files).toEqual([
    'lightgbm-3.3.5.json.gz',
    'lightgbm-4.1.0.json.gz',
    'lightgbm-4.3.0.json.gz',
    'lightgbm-4.5.0.json.gz',
    'lightgbm-4.6.0.json.gz',
    'lightgbm-4.7.0.json.gz',
    'xgboost-1.7.6.json.gz',
    'xgboost-2.1.4.json.gz',
    'xgboost-3.2.0.json.gz',
    'xgboost-3.4.0.json.gz',
  ]);
});

describe.each(files)('models of %s', (file) => {
  it('are answered as their library does, or refused with the reason', async () => {
    const { cases } = await readVersionFile(join(folder, file));
    expect(cases.length).toBeGreaterThan(20);
    for (const one of cases) {
      const outcome = await outcomeOf(one);
      if (one.rows === undefined)
        expect(outcome, one.kind).toEqual({
          refused: expect.stringMatching(/objective|not made of trees|hold vectors|linear models|single precision/),
        });
      else {
        expect(one.rows, one.kind).toBeGreaterThanOrEqual(20);
        expect('difference' in outcome ? outcome.difference : outcome.refused, one.kind).toBeLessThanOrEqual(1e-6);
      }
    }
  });
});
