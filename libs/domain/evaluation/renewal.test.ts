import { describe, expect, it } from 'vitest';
import type { FailureRateReduction, Verdict } from '#contracts/events/evaluation';
import { GateThresholds } from '#contracts/model-definition';
import { judge } from './gate.js';
import type { GateInput } from './gate-input.js';
import { gateSettings } from './profiles.js';
import { recentSettings } from './recent.js';

const interval = (low: number, high: number) => ({ low, high, confidence: 0.95 });
const settingsOf = (profile: 'seed' | 'policy') =>
  recentSettings(gateSettings(GateThresholds.parse({ profile }), 'action-outcome'), {
    since: 0,
    because: 'accuracy-drop',
  });
const choices = (value: number | null, low = -0.3, high = 0.4): FailureRateReduction => ({
  method: 'doubly-robust',
  value,
  interval: value === null ? null : interval(low, high),
  effective_samples: value === null ? 12 : 60,
  challenger_failure_rate: 0.4,
  baseline_failure_rate: 0.4,
  unsupported: 0,
  changed_decisions: 0.3,
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
    ['nor where nothing is known of its choices', { ...doubled, failureRateReduction: choices(null) }, 'pass'],
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
});
