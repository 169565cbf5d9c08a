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

describe('recent and whole', () => {
  it('stand beside each other, with the reason and which of them decides', () => {
    const recent = {
      since: '2026-01-03T10:00:00.000Z',
      because: 'accuracy-drop' as const,
      rows: 120,
      decides: true,
      verdict: 'pass' as const,
      checks: [{ ...check, outcome: 'pass' as const }],
      challenger_accuracy: 0.74,
      champion_accuracy: 0.36,
    };
    const lines = gateLines({ ...evaluation, gate: { ...evaluation.gate, recent } }, createColors(false), 200);
    expect(lines.join('\n')).toMatch(
      /pass on 120 rows since 2026-01-03T10:00Z, as live accuracy has dropped; accuracy 0.74\d* against 0.36\d*; decides/,
    );
    expect(lines.find((line) => line.startsWith('CHECK'))).toMatch(/WHOLE +RECENT/);
    expect(lines.find((line) => line.startsWith(check.check))).toMatch(/fail +pass/);
  });
});

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
