import { describe, expect, it } from 'vitest';
import { ModelDefinition } from '#contracts/model-definition';
import type { RawRow } from '#contracts/model-package';
import type { HoldoutRows } from '#models/training/rows/holdout';
import { AnswerCollector, type JudgedModel } from './answers.js';
import { RowsScorer } from './rows-scorer.js';

type Answer = (features: RawRow, action: string | null) => number[];

/** A model that reads the raw row itself: column 0 is da, then comes one for each action. */
function model(
  kind: { kind: 'action-outcome'; actions: string[] } | { kind: 'multi-class' },
  classes: string[],
  of: Answer,
): JudgedModel {
  const actions = kind.kind === 'action-outcome' ? kind.actions : [];
  const definition = ModelDefinition.parse({
    name: 'm',
    ...(kind.kind === 'action-outcome' ? kind : { ...kind, label: 'y', classes }),
    features: [
      { name: 'da', kind: 'numeric' },
      { name: 'site_type', kind: 'categorical' },
    ],
  });
  const width = 1 + actions.length;
  return {
    manifest: { classes, definition },
    encoder: {
      width,
      encode: (row, out, at) => {
        out[at] = Number(row.da);
      },
      encodeAction: () => {},
    },
    scorer: (shape, settings) => {
      const predict = (matrix: Float32Array, rows: number): Float64Array =>
        Float64Array.from(
          Array.from({ length: rows }, (_, row) =>
            settings.flatMap((setting) =>
              of({ da: matrix[row * width] }, actions.find((_, i) => setting.get(1 + i) === 1) ?? null),
            ),
          ).flat(),
        );
      return new RowsScorer({ predict }, shape, settings.length);
    },
  };
}

/** Rows by what was executed (number of the challenger's action), what happened, and with which propensity. */
const rowsOf = (...rows: { action?: number; y?: number; propensity?: number }[]): HoldoutRows => ({
  count: rows.length,
  y: Int32Array.from(rows, ({ y }) => y ?? 1),
  action: Int32Array.from(rows, ({ action }) => action ?? 0),
  propensity: Float64Array.from(rows, ({ propensity }) => propensity ?? Number.NaN),
  times: new Float64Array(rows.length),
  features: rows.map(() => ({ da: 1, site_type: 'blog' })),
  taskIds: () => [],
});

const outcome = (p: number) => [1 - p, p];

describe('answers of both models', () => {
  it('hold the probability of the executed action and the choice over all actions', async () => {
    const challenger = model(
      { kind: 'action-outcome', actions: ['comment', 'forum'] },
      ['failed', 'success'],
      (_, action) => outcome(action === 'comment' ? 0.75 : 0.25),
    );
    const collector = new AnswerCollector(challenger, null);
    collector.add(rowsOf({ action: 1 }));
    collector.add(rowsOf({ action: 0, y: 0, propensity: 0.5 }));
    const answers = await collector.finish();
    expect([...answers.challenger]).toEqual([0.75, 0.25, 0.25, 0.75]);
    expect([...(answers.decisions?.challenger.action ?? [])]).toEqual([0, 0]);
    expect([...(answers.decisions?.challenger.success ?? [])]).toEqual([0.75, 0.75]);
    expect(answers.decisions?.alike).toBe(0);
    expect([...(answers.decisions?.executed ?? [])]).toEqual([1, 0]);
    expect([...(answers.decisions?.failed ?? [])]).toEqual([0, 1]);
    expect(answers.decisionDeciles).toEqual([0, 0, 0, 0, 0, 0, 0, 2, 0, 0]);
    expect(answers.decisions?.propensity[0]).toBeNaN();
    expect(answers.decisions?.propensity[1]).toBe(0.5);
    expect(answers.slices.map(({ feature, values, codes }) => [feature, values, [...codes]])).toEqual([
      ['action', ['forum', 'comment'], [0, 1]],
      ['site_type', ['blog'], [0, 0]],
    ]);
  });

  it('put a champion with other actions into the same numbers', async () => {
    const challenger = model({ kind: 'action-outcome', actions: ['comment', 'forum'] }, ['failed', 'success'], () =>
      outcome(0.5),
    );
    const champion = model(
      { kind: 'action-outcome', actions: ['guest', 'comment'] },
      ['failed', 'success'],
      (_, action) => outcome(action === 'guest' ? 0.9 : action === null ? 0.1 : 0.3),
    );
    const collector = new AnswerCollector(challenger, champion);
    collector.add(rowsOf({ action: 1 }));
    const answers = await collector.finish();
    expect(answers.champion?.[1]).toBeCloseTo(0.1, 12);
    expect([...(answers.decisions?.champion?.action ?? [])]).toEqual([2]);
    expect(answers.decisions?.alike).toBe(1);
  });

  it('put a champion with other classes into the order of the challenger', async () => {
    const challenger = model({ kind: 'multi-class' }, ['a', 'b', 'c'], () => [0.2, 0.3, 0.5]);
    const champion = model({ kind: 'multi-class' }, ['b', 'a'], () => [0.6, 0.4]);
    const collector = new AnswerCollector(challenger, champion);
    collector.add(rowsOf({ y: 2 }));
    const answers = await collector.finish();
    expect([...(answers.champion ?? [])]).toEqual([0.4, 0.6, 0]);
    expect(answers.decisions).toBeNull();
    expect(answers.slices.map(({ feature }) => feature)).toEqual(['site_type']);
  });
});
