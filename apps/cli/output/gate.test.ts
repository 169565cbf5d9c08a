import { createColors } from 'picocolors';
import { describe, expect, it } from 'vitest';
import { detail } from '../testing/samples.js';
import { gateLines } from './gate.js';

const { evaluation } = detail;
if (!evaluation) throw new Error('the sample is to be judged');
const [check] = evaluation.gate.checks;
if (!check) throw new Error('the sample is to have a check');

const lastLine = (gate: NonNullable<typeof evaluation>['gate']): string | undefined =>
  gateLines({ ...evaluation, gate }, createColors(false), 80).at(-1);

describe('the verdict', () => {
  it.each([
    ['a summary of its own', 'accuracy improved by too little', 'verdict fail: accuracy improved by too little'],
    ['a summary that begins with the verdict', 'Fail: no champion', 'verdict fail: no champion'],
    [
      'a summary that repeats the explanations above it',
      `Fail: ${check.explanation}`,
      'verdict fail: accuracy_improvement fail',
    ],
  ])('%s', (_, summary, line) => {
    expect(lastLine({ ...evaluation.gate, summary })).toBe(line);
  });
});
