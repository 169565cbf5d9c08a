import { describe, expect, it } from 'vitest';
import type { FailureRateReduction, Verdict } from '#contracts/events/evaluation';
import { GateThresholds } from '#contracts/model-definition';
import { judge } from './gate.js';
import type { GateInput } from './gate-input.js';
import { gateSettings } from './profiles.js';
import { recentSettings } from './recent.js';

const interval = (low: number, high: number) => ({ low, high, confidence: 0.95 });
const none = { classes: [], truth: new Int32Array(), challenger: new Float64Array(), champion: null };
const settingsOf = (profile: 'seed' | 'policy') =>
  recentSettings(
    gateSettings(GateThresholds.parse({ profile }), 'action-outcome'),
    { since: 0, because: 'accuracy-drop' },
    none,
  );
const choices = (value: number | null, low = -0.1, high = 0.2): FailureRateReduction => ({
  method: 'doubly-robust',
  value,
  interval: value === null ? null : interval(low, high),
  effective_samples: value === null ? 12 : 60,
  challenger_failure_rate: 0.4,
  baseline_failure_rate: 0.4,
  unsupported: 0,
  changed_decisions: 0.3,
});

/** Replayed from what was done; by chance alone between these. */
const replayed = (value: number | null, low = -0.1, high = 0.2): FailureRateReduction => ({
  ...choices(value, -0.6, 0.6),
  method: 'matched-replay',
  chance_interval: value === null ? null : interval(low, high),
  effective_samples: value === null ? 0 : 60,
  explored: 0,
});
const changing = (changed: number, found: FailureRateReduction): FailureRateReduction => ({
  ...found,
  changed_decisions: changed,
});

/** Twice the rows of the new world: 2.6 points better on 330 rows, which nobody could tell from nothing. */
const doubled: GateInput = {
  settings: settingsOf('seed'),
  rows: 330,
  challenger: { accuracy: 0.748, f1_macro: 0.74 },
  champion: { accuracy: 0.722, f1_macro: 0.715 },
  baselineAccuracy: 0.55,
  accuracyDifference: interval(-0.02, 0.07),
  baselineDifference: interval(0.12, 0.27),
  f1Difference: interval(-0.024, 0.073),
  mcnemarPValue: 0.3,
  logLossGain: null,
  rocAuc: null,
  failureRateReduction: choices(0.04),
  alike: 0.02,
};

describe('what takes the place of a version whose accuracy has dropped', () => {
  it.each<[string, GateInput, Verdict]>([
    ['need not be better for sure', doubled, 'pass'],
    ['nor where choices decide', { ...doubled, settings: settingsOf('policy') }, 'pass'],
    [
      'nor where nothing is known of choices that hardly change',
      { ...doubled, failureRateReduction: changing(0.05, choices(null)) },
      'pass',
    ],
    [
      'is not known to be no worse where nothing is known of its choices',
      { ...doubled, failureRateReduction: choices(null) },
      'inconclusive',
    ],
    [
      'nor by a little more than may go wrong',
      { ...doubled, failureRateReduction: changing(0.051, replayed(null)) },
      'inconclusive',
    ],
    ['passes by what was done beside accuracy', { ...doubled, failureRateReduction: replayed(0.04) }, 'pass'],
    ['unless that may be chance', { ...doubled, failureRateReduction: replayed(0.04, -0.3, 0.3) }, 'inconclusive'],
    ['never fails by what was done', { ...doubled, failureRateReduction: replayed(-0.2, -0.3, -0.1) }, 'inconclusive'],
    [
      'must not choose worse in five points of the tasks for sure',
      { ...doubled, failureRateReduction: choices(0.04, -0.13, 0.2) },
      'inconclusive',
    ],
    ['must not be worse by five points', { ...doubled, accuracyDifference: interval(-0.06, 0.11) }, 'inconclusive'],
    ['nor look worse', { ...doubled, challenger: { accuracy: 0.72, f1_macro: 0.74 } }, 'inconclusive'],
    ['nor choose worse', { ...doubled, failureRateReduction: choices(-0.05) }, 'inconclusive'],
    ['fails when it is worse for sure', { ...doubled, accuracyDifference: interval(-0.09, -0.01) }, 'fail'],
    ['fails when it chooses worse for sure', { ...doubled, failureRateReduction: choices(-0.2, -0.4, -0.1) }, 'fail'],
    [
      'must beat the baseline all the same',
      { ...doubled, baselineAccuracy: 0.76, baselineDifference: interval(-0.06, 0.03) },
      'inconclusive',
    ],
    ['needs fifty rows', { ...doubled, rows: 49 }, 'inconclusive'],
    [
      'is nothing new where both answer alike',
      { ...doubled, accuracyDifference: interval(0, 0), f1Difference: interval(0, 0) },
      'inconclusive',
    ],
  ])('%s', (_, input, verdict) => {
    const gate = judge(input);
    expect(gate.verdict, gate.summary).toBe(verdict);
  });

  it.each<[string, FailureRateReduction, Verdict]>([
    ['is asked of all the time it has learnt from', replayed(0.04), 'pass'],
    ['which may show that it chooses worse', replayed(-0.02), 'inconclusive'],
    ['or know nothing either', replayed(null), 'inconclusive'],
  ])('of choices that nobody made since the drop %s', (_, learntReduction, verdict) => {
    const input = { ...doubled, failureRateReduction: replayed(null) };
    expect(judge({ ...input, learntReduction }).verdict).toBe(verdict);
    expect(
      judge({ ...input, learntReduction, settings: gateSettings(GateThresholds.parse({}), 'action-outcome') }).verdict,
    ).toBe('inconclusive');
  });

  const foreseen: GateInput = {
    ...doubled,
    settings: {
      ...gateSettings(GateThresholds.parse({ profile: 'policy' }), 'action-outcome'),
      renewal: { margin: 0.05, foreseen: true, because: 'it foresees these rows better for sure' },
    },
    rows: 3900,
    accuracyDifference: interval(-0.01, 0.007),
    f1Difference: interval(-0.012, 0.006),
    champion: { accuracy: 0.75, f1_macro: 0.743 },
  };
  it.each<[string, GateInput, Verdict]>([
    ['may look worse', foreseen, 'pass'],
    ['in its choices too', { ...foreseen, failureRateReduction: replayed(-0.02, -0.1, 0.06) }, 'pass'],
    ['not by five points', { ...foreseen, failureRateReduction: replayed(-0.02, -0.13, 0.06) }, 'inconclusive'],
    ['nor for sure', { ...foreseen, failureRateReduction: choices(-0.05, -0.08, -0.02) }, 'fail'],
    ['nor when nothing is known of its choices', { ...foreseen, failureRateReduction: replayed(null) }, 'inconclusive'],
    ['nor in accuracy', { ...foreseen, accuracyDifference: interval(-0.02, -0.001) }, 'fail'],
  ])('where it foresees the newest rows better for sure %s', (_, input, verdict) => {
    const gate = judge(input);
    expect(gate.verdict, gate.summary).toBe(verdict);
  });

  // `npm run bench -- loop`, a rotating truth without exploration: it foresaw the champion's choices better, and its own were worse by 7.9 points.
  it('goes on trial, to be better at all, when all that came since the drop are the choices of the champion', () => {
    const gate = judge({
      ...doubled,
      settings: settingsOf('policy'),
      rows: 503,
      challenger: { accuracy: 0.668, f1_macro: 0.596 },
      champion: { accuracy: 0.65, f1_macro: 0.585 },
      baselineAccuracy: 0.604,
      accuracyDifference: interval(-0.0139, 0.0497),
      baselineDifference: interval(0.0258, 0.1014),
      f1Difference: interval(-0.0285, 0.0502),
      mcnemarPValue: 0.29,
      failureRateReduction: changing(0.55, replayed(null)),
    });
    expect(gate).toMatchObject({ verdict: 'inconclusive', trial: { suited: true, measure: 'failures', wanted: 0 } });
    expect(gate.checks.find(({ check }) => check === 'failure_rate_reduction')?.explanation).toContain(
      'the two choose differently on 55.0 % of the rows',
    );
  });
});
