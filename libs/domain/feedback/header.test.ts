import { describe, expect, it } from 'vitest';
import { ModelDefinition } from '#contracts/model-definition';
import { delimiterOf } from './csv.js';
import { detect } from './detect.js';
import { judgeHeader } from './header.js';
import { type ModelRules, rulesOf } from './rules.js';

const features = [
  { name: 'Months', kind: 'numeric' },
  { name: 'plan', kind: 'categorical' },
];
const churn = {
  name: 'churn',
  kind: 'multi-class',
  label: 'churned',
  classes: ['yes', 'no'],
  features,
};
const links = { name: 'links', kind: 'action-outcome', actions: ['a', 'b'], features };
const all = rulesOf(
  [churn, { ...churn, name: 'strict', strict: true }, links].map((one) => ModelDefinition.parse(one)),
);
const rules = (model: string): ModelRules => {
  const found = all.get(model);
  if (!found) throw new Error(model);
  return found;
};

describe('the header of a file', () => {
  it('that fits says nothing, in any case and order', () => {
    expect(judgeHeader('dataset', ['churned', 'plan', 'months', 'task_id'], rules('churn'))).toEqual({
      unknown: [],
      absent: [],
      useless: null,
    });
  });

  it('names unknown columns with what was meant, and features without a column', () => {
    expect(judgeHeader('dataset', ['month', 'plan', 'colour', 'churned'], rules('churn'))).toEqual({
      unknown: [
        { column: 'month', closest: 'Months' },
        { column: 'colour', closest: null },
      ],
      absent: ['Months'],
      useless: null,
    });
  });

  it.each<[string, string[], string]>([
    [
      'churn',
      ['months', 'plan', 'churn'],
      'no column "churned", which churn needs. There are "months", "plan", "churn"; is it "churn"?',
    ],
    [
      'churn',
      ['churned', 'x'],
      'None of its columns is a feature of churn: there are "churned", "x", and the features are Months, plan',
    ],
    ['strict', ['churned', 'plan', 'month'], 'has no feature for the column "month"; is it "Months"?'],
    ['links', ['url', 'plan'], 'no column "type"'],
  ])('%s: %j is of no use', (model, columns, why) => {
    expect(judgeHeader('dataset', columns, rules(model)).useless).toContain(why);
  });

  it.each([
    ['automation', 'churn', ['task_id', 'churned'], null],
    ['automation', 'churn', ['task_id', 'label'], null],
    ['automation', 'links', ['task_id', 'label'], 'no column "action_attempted"'],
    ['shadow', 'links', ['task_id', 'rule_based_action'], 'no column "task_result"'],
  ] as const)('of %s for %s', (kind, model, columns, why) => {
    const { useless } = judgeHeader(kind, columns, rules(model));
    if (why === null) expect(useless).toBeNull();
    else expect(useless).toContain(why);
  });

  it.each([
    ['a,b,c', ','],
    ['a;b;c', ';'],
    ['a\tb', '\t'],
    ['a|b|c', '|'],
    ['"x;y;z",b', ','],
    ['alone', ','],
  ])('%j is separated by %j', (header, delimiter) => {
    expect(delimiterOf(header)).toBe(delimiter);
  });

  it('with the label and a feature of a model is a dataset of that model', () => {
    expect(detect('Churned;months\nyes;3\n', rules('churn'))).toEqual({ format: 'csv', kind: 'dataset' });
    expect(detect('Churned;months\nyes;3\n', rules('links')).kind).toBeNull();
    expect(detect('churned,x\n', rules('churn')).kind).toBeNull();
  });
});
