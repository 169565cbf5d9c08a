import { expect, it } from 'vitest';
import { failed, ok, warning } from './finding.js';
import { lastingFindings } from './second-look.js';

const behind = failed('instance serving-2', 'Serves generation 1 (nothing), the registry wants 2.', 'See its log.');
const inStep = ok('instance serving-2', 'Serves v1.0.0, generation 2.');
const late = warning('last training', 'Failed.', 'See the run.');

it.each([
  ['what is well at once', [[inStep]], [inStep], 1],
  ['an instance that was just being told', [[behind], [behind], [inStep]], [inStep], 3],
  ['a warning, which passes for well', [[late]], [late], 1],
])('takes %s for what it is', async (_, looks, told, asked) => {
  let look = 0;
  const found = await lastingFindings(async () => looks[look++] ?? [], { everyMs: 1, longestMs: 60_000 });
  expect([found, look]).toEqual([told, asked]);
});

it('tells what stays', async () => {
  expect(await lastingFindings(async () => [behind], { everyMs: 1, longestMs: 5 })).toEqual([behind]);
});
