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

function problemsOf(text: string): { line: number; field: string; detail: string }[] {
  try {
    parseModelDefinition(text, 'demo.yaml');
  } catch (error) {
    if (error instanceof DefinitionError) return error.problems;
    throw error;
  }
  return [];
}

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
  ])('points at %s', (_, text, problem) => {
    expect(problemsOf(text)).toMatchObject([problem]);
  });
});
