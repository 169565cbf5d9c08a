import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectFolder } from './client/settings.js';
import { CLI_PAGE, cliPage } from './reference.js';

it(`docs/${CLI_PAGE} is current`, async () => {
  const page = await cliPage();
  expect(page).toContain('## ratchet rollback');
  expect(page).toContain('## ratchet token create');
  expect(
    readFileSync(join(projectFolder(), 'docs', CLI_PAGE), 'utf8'),
    'run "npm run generate" and commit the result',
  ).toBe(page);
});
