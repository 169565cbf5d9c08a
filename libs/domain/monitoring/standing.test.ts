import { describe, expect, it } from 'vitest';
import type { JudgedPrediction } from './judged-prediction.js';
import { recentConfidence, standingOf } from './standing.js';

const SINCE = '2026-01-05T10:00:00.000Z';

const judged = (decision: string, action: string, confidence: number, success: boolean): JudgedPrediction => ({
  judgedSeq: 1n,
  predictionId: 'p',
  model: 'm',
  version: 'v1.0.0',
  generation: 1,
  role: 'live',
  decision,
  action,
  probabilities: { forum: decision === 'forum' ? confidence : 0.1, comment: decision === 'forum' ? 0.1 : confidence },
  success,
  occurredAt: SINCE,
});
const times = (count: number, of: JudgedPrediction) => Array.from({ length: count }, () => of);

describe('how what is live does since a drop', () => {
  const cases: [what: string, rows: JudgedPrediction[], degraded: boolean | null][] = [
    ['sure of success where most fail', times(120, judged('forum', 'forum', 0.9, false)), true],
    [
      'right as often as not, where either is as common',
      [...times(60, judged('forum', 'forum', 0.9, true)), ...times(60, judged('forum', 'forum', 0.9, false))],
      false,
    ],
    [
      'below the baseline, but not for sure',
      [...times(50, judged('forum', 'forum', 0.9, true)), ...times(60, judged('forum', 'forum', 0.9, false))],
      false,
    ],
    ['right in most', times(120, judged('forum', 'forum', 0.9, true)), false],
    ['few outcomes', times(49, judged('forum', 'forum', 0.9, false)), null],
  ];
  for (const [what, rows, degraded] of cases)
    it(what, () => {
      expect(standingOf(rows, 'action-outcome', SINCE)?.isDegraded ?? null).toBe(degraded);
    });

  it('takes the most common class for the baseline of a classifier', () => {
    const rows = [
      ...times(40, judged('forum', 'forum', 0.6, true)),
      ...times(90, judged('forum', 'comment', 0.6, false)),
    ];
    expect(standingOf(rows, 'multi-class', SINCE)).toMatchObject({
      outcomes: 130,
      live_accuracy: 40 / 130,
      baseline_accuracy: 90 / 130,
      isDegraded: true,
    });
  });

  it('counts by the confidence what came true of the decisions that were carried out', () => {
    const rows = [
      ...times(30, judged('forum', 'forum', 0.95, false)),
      ...times(20, judged('forum', 'forum', 0.85, true)),
      ...times(40, judged('forum', 'comment', 0.85, true)),
    ];
    const { calibration = [] } = standingOf(rows, 'action-outcome', SINCE) ?? {};
    expect(calibration).toHaveLength(10);
    expect(calibration[9]).toEqual({ decisions: 30, came_true: 0 });
    expect(calibration[8]).toEqual({ decisions: 20, came_true: 20 });
    // Of 10 imagined decisions 4 came true, as 20 of the 50 did.
    expect(recentConfidence(calibration, 0.97)).toBeCloseTo(4 / 40);
    expect(recentConfidence(calibration, 0.81)).toBeCloseTo(24 / 30);
    expect(recentConfidence(calibration, 0.2)).toBeCloseTo(0.4);
  });

  it('leaves a confidence as it is where nothing was carried out', () => {
    expect(
      recentConfidence(
        Array.from({ length: 10 }, () => ({ decisions: 0, came_true: 0 })),
        0.7,
      ),
    ).toBe(0.7);
  });
});
