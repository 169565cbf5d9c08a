import { describe, expect, it } from 'vitest';
import { DefinitionError, parseModelDefinition } from './model-definitions.js';

const GOOD = `name: demo
kind: multi-class
label: type
classes: [a, b]
features:
  - { name: pa, kind: numeric }
hyper_parameters: { max_depth: 4, anything: 1 }
`;

/** Ten to the power of five values in five lines. */
const BOMB = [
  'a0: &a0 [1,1,1,1,1,1,1,1,1,1]',
  ...[1, 2, 3, 4].map((i) => `a${i}: &a${i} [${`*a${i - 1},`.repeat(10)}]`),
].join('\n');

function problemsOf(text: string): { line: number; field: string; detail: string }[] {
  try {
    parseModelDefinition(text, 'demo.yaml');
  } catch (error) {
    if (error instanceof DefinitionError) return error.problems;
    throw error;
  }
  return [];
}

describe('what is wrong with a definition is said in words', () => {
  const GOOD_CLASSES = 'classes: [a, b]';
  it.each([
    [
      'kind: multi-class',
      'kind: multiclass',
      'expected one of action-outcome, multi-class; got "multiclass", did you mean multi-class?',
    ],
    ['kind: multi-class\n', '', 'is missing: expected one of action-outcome, multi-class'],
    ['kind: numeric', 'kind: number', 'expected one of numeric, boolean, categorical, derived-from-url; got "number"'],
    [GOOD_CLASSES, 'classes: [true, false]', "expected a text, and YAML reads true as a boolean: quote it, 'true'"],
    [GOOD_CLASSES, 'classes: [0, 1]', "expected a text, and YAML reads 0 as a number: quote it, '0'"],
    [GOOD_CLASSES, 'classes: [a]', 'expected at least 2 entries, there is 1'],
    ['label: type\n', '', 'is missing: expected a text'],
    ['label: type', 'lable: type', 'is missing: expected a text; is it "lable"?'],
    [GOOD_CLASSES, `${GOOD_CLASSES}\nminimum_rows: many`, 'expected a number, got "many"'],
    [GOOD_CLASSES, `${GOOD_CLASSES}\nminimum_rows: 3`, 'expected a number of at least 10, got 3'],
    [GOOD_CLASSES, `${GOOD_CLASSES}\nbackend: xgbost`, 'got "xgbost", did you mean xgboost?'],
    ['kind: numeric', 'kind: numeric, fill: avg', 'expected one of native, median, mean, or a number; got "avg"'],
    [GOOD_CLASSES, `${GOOD_CLASSES}\ntraining_window: some`, 'expected one of auto, all, or settings'],
    [GOOD_CLASSES, `${GOOD_CLASSES}\nseed: 1.5`, 'expected a whole number, got 1.5'],
  ])('%j as %j', (good, bad, said) => {
    const [problem] = problemsOf(GOOD.replace(good, bad));
    expect(problem?.detail).toContain(said);
    expect(problem?.detail).not.toMatch(/Invalid|received|discriminator/);
  });
});

describe('parseModelDefinition', () => {
  it('fills in every default', () => {
    expect(parseModelDefinition(GOOD, 'demo.yaml')).toMatchObject({
      backend: 'xgboost',
      schedule: '0 2 * * 0',
      seed: 42,
    });
  });

  it.each([
    ['a misspelt key', `${GOOD}shedule: "0 3 * * 0"\n`, { line: 8, field: 'shedule' }],
    [
      'a misspelt key in a feature',
      GOOD.replace('kind: numeric', 'kind: numeric, fil: mean'),
      { line: 6, field: 'features.0.fil' },
    ],
    ['a wrong value', GOOD.replace('numeric', 'number'), { line: 6, field: 'features.0.kind' }],
    ['a missing field', GOOD.replace('label: type\n', ''), { line: 1, field: 'label' }],
    [
      'a feature twice',
      GOOD.replace('hyper_parameters', '  - { name: pa, kind: boolean }\nhyper_parameters'),
      { line: 7, field: 'features.1.name' },
    ],
    ['a schedule that is none', `${GOOD}schedule: sundays\n`, { line: 8, field: 'schedule' }],
    ['broken YAML', 'name: [', { line: 1, field: '' }],
    [
      'an alias without an anchor',
      `${GOOD}schedule: *often\n`,
      { line: 8, field: '', detail: expect.stringContaining('&often') },
    ],
    ['aliases that multiply', `${GOOD}${BOMB}`, { line: 9, field: '', detail: expect.stringContaining('alias count') }],
  ])('points at %s', (_, text, problem) => {
    expect(problemsOf(text)).toMatchObject([problem]);
  });
});
