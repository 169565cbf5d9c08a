import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { MODEL_FORMATS_PAGE, modelFormatsPage } from './reference.js';

it('the page of model files is what "npm run generate" makes of the models', async () => {
  const root = resolve(import.meta.dirname, '../../..');
  // The last bit of an exponential is the platform's.
  const rounded = (page: string): string =>
    page.replaceAll(/ \d(?:\.\d+)?e-1\d /g, ' tiny ').replaceAll(/ 0 /g, ' tiny ');
  expect(rounded(readFileSync(join(root, 'docs', MODEL_FORMATS_PAGE), 'utf8'))).toBe(
    rounded(await modelFormatsPage(root)),
  );
});
