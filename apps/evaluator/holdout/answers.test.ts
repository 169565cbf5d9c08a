import { describe, expect, it } from 'vitest';
import { ModelDefinition } from '#contracts/model-definition';
import type { HoldoutRow } from '#models/training/holdout';
import { AnswerCollector } from './answers.js';
import type { ScoringModel } from './decision-scorer.js';

type Answer = (features: HoldoutRow['features'], action: string | null) => number[];

/** A model that reads the raw row itself: column 0 is da, column 1 the number of the action, -1 for none. */
function model(
  kind: { kind: 'action-outcome'; actions: string[] } | { kind: 'multi-class' },
  classes: string[],
  of: Answer,
): ScoringModel {
  const actions = kind.kind === 'action-outcome' ? kind.actions : [];
  const definition = ModelDefinition.parse({
    name: 'm',
    ...(kind.kind === 'action-outcome' ? kind : { ...kind, label: 'y', classes }),
    features: [
      { name: 'da', kind: 'numeric' },
      { name: 'site_type', kind: 'categorical' },
    ],
  });
  const answer = (row: Float32Array, at: number): number[] => of({ da: row[at] }, actions[row[at + 1] ?? -1] ?? null);
  return {
    manifest: { classes, definition },
    encoder: {
      width: 2,
      encode: (row, out, at) => {
        out[at] = Number(row.da);
        out[at + 1] = -1;
      },
      encodeAction: (action, out, at) => {
        out[at + 1] = actions.indexOf(action);
      },
    },
    evaluator: {
      classes,
      width: 2,
      predictRow: (row, at, out) => out.set(answer(row, at)),
      predict: (matrix, rows) =>
        Float64Array.from(Array.from({ length: rows }, (_, row) => answer(matrix, row * 2)).flat()),
    },
  };
}

const row = (change: Partial<HoldoutRow>): HoldoutRow => ({
  taskId: 't',
  y: 1,
  action: 'forum',
  propensity: null,
  version: null,
  features: { da: 1, site_type: 'blog' },
  ...change,
});

const outcome = (p: number) => [1 - p, p];

describe('answers of both models', () => {
  it('hold the probability of the executed action and the choice over all actions', () => {
    const challenger = model(
      { kind: 'action-outcome', actions: ['comment', 'forum'] },
      ['failed', 'success'],
      (_, action) => outcome(action === 'comment' ? 0.75 : 0.25),
    );
    const collector = new AnswerCollector(challenger, null);
    collector.add([row({}), row({ action: 'comment', y: 0, propensity: 0.5 })]);
    const answers = collector.finish();
    expect([...answers.challenger]).toEqual([0.75, 0.25, 0.25, 0.75]);
    expect([...(answers.decisions?.challenger ?? [])]).toEqual([0, 0]);
    expect([...(answers.decisions?.executed ?? [])]).toEqual([1, 0]);
    expect([...(answers.decisions?.failed ?? [])]).toEqual([0, 1]);
    expect(collector.decisionDeciles).toEqual([0, 0, 0, 0, 0, 0, 0, 2, 0, 0]);
    expect(answers.decisions?.propensity[0]).toBeNaN();
    expect(answers.decisions?.propensity[1]).toBe(0.5);
    expect(answers.slices.map(({ feature, values }) => [feature, values])).toEqual([
      ['action', ['forum', 'comment']],
      ['site_type', ['blog', 'blog']],
    ]);
  });

  it('put a champion with other actions into the same numbers', () => {
    const challenger = model({ kind: 'action-outcome', actions: ['comment', 'forum'] }, ['failed', 'success'], () =>
      outcome(0.5),
    );
    const champion = model(
      { kind: 'action-outcome', actions: ['guest', 'comment'] },
      ['failed', 'success'],
      (_, action) => outcome(action === 'guest' ? 0.9 : action === null ? 0.1 : 0.3),
    );
    const collector = new AnswerCollector(challenger, champion);
    collector.add([row({ action: 'forum' })]);
    const answers = collector.finish();
    expect(answers.champion?.[1]).toBeCloseTo(0.1, 12);
    expect([...(answers.decisions?.champion ?? [])]).toEqual([2]);
  });

  it('put a champion with other classes into the order of the challenger', () => {
    const challenger = model({ kind: 'multi-class' }, ['a', 'b', 'c'], () => [0.2, 0.3, 0.5]);
    const champion = model({ kind: 'multi-class' }, ['b', 'a'], () => [0.6, 0.4]);
    const collector = new AnswerCollector(challenger, champion);
    collector.add([row({ action: null, y: 2 })]);
    const answers = collector.finish();
    expect([...(answers.champion ?? [])]).toEqual([0.4, 0.6, 0]);
    expect(answers.decisions).toBeNull();
    expect(answers.slices.map(({ feature }) => feature)).toEqual(['site_type']);
  });
});
