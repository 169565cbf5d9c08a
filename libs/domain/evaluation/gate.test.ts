import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type { FailureRateReduction, Interval, Verdict } from '#contracts/events/evaluation';
import { GateThresholds } from '#contracts/model-definition';
import { judge, judgeBroken } from './gate.js';
import type { GateInput } from './gate-input.js';
import type { LogLossGain } from './knowledge.js';
import { gateSettings } from './profiles.js';

const settingsOf = (gate: z.input<typeof GateThresholds>, looks?: number) =>
  gateSettings(GateThresholds.parse(gate), 'action-outcome', looks);
const seed = settingsOf({ profile: 'seed' });
const policy = settingsOf({});
const interval = (low: number, high: number): Interval => ({ low, high, confidence: 0.95 });

const reduction = (value: number | null, low = 0.02, high = 0.3, samples = 900): FailureRateReduction => ({
  method: 'importance-weighting',
  value,
  interval: value === null ? null : interval(low, high),
  effective_samples: samples,
  challenger_failure_rate: 0.4 * (1 - (value ?? 0)),
  baseline_failure_rate: 0.4,
  unsupported: 0,
  changed_decisions: 0.3,
});

/** The same by replaying what was done; its own interval allows for what the log does not say. */
const replay = (value: number, low: number, high: number, samples = 900): FailureRateReduction => ({
  ...reduction(value, value - 0.5, Math.min(1, value + 0.5), samples),
  method: 'matched-replay',
  chance_interval: interval(low, high),
  explored: 0,
});

const foresees = (value: number, low: number, high: number): { logLossGain: LogLossGain; rocAuc: number } => ({
  logLossGain: { value, interval: interval(low, high) },
  rocAuc: value > 0 ? 0.71 : 0.5,
});

/** A challenger that is better in every respect; each case below changes something about it. */
const better: GateInput = {
  settings: seed,
  rows: 3000,
  challenger: { accuracy: 0.82, f1_macro: 0.8 },
  champion: { accuracy: 0.79, f1_macro: 0.77 },
  baselineAccuracy: 0.6,
  accuracyDifference: interval(0.015, 0.045),
  baselineDifference: interval(0.19, 0.25),
  f1Difference: interval(0.014, 0.046),
  mcnemarPValue: 0.0003,
  logLossGain: null,
  rocAuc: null,
  failureRateReduction: reduction(0.15),
  alike: 0.02,
};

const first: GateInput = {
  ...better,
  champion: null,
  accuracyDifference: interval(0.19, 0.25),
  f1Difference: null,
  failureRateReduction: { ...reduction(0.1), baseline: 'logged' },
};

const scores = (accuracy: number, f1_macro: number) => ({ accuracy, f1_macro });
const shuffled = scores(0.585, 0.48);
/** Probabilities that say less than the base rates do. */
const ignorant = { baselineDifference: interval(-0.03, 0.001), ...foresees(-0.05, -0.07, -0.03) };

/** A world in which 85 % succeed: the cut of 0.5 hardly ever matters, what is chosen does. */
const mostlySuccess: GateInput = {
  ...better,
  rows: 5000,
  challenger: scores(0.861, 0.62),
  champion: scores(0.86, 0.615),
  baselineAccuracy: 0.85,
  accuracyDifference: interval(-0.004, 0.006),
  baselineDifference: interval(0.004, 0.018),
  f1Difference: interval(-0.006, 0.016),
  mcnemarPValue: 0.7,
  failureRateReduction: { ...reduction(0.27, 0.14, 0.4), baseline_failure_rate: 0.15, challenger_failure_rate: 0.11 },
};

/** One in which 3 % succeed, and no answer is ever above 0.5. */
const rareSuccess = (gain: number, low: number, high: number): GateInput => ({
  ...mostlySuccess,
  settings: policy,
  challenger: scores(0.97, 0.4924),
  champion: scores(0.97, 0.4924),
  baselineAccuracy: 0.97,
  accuracyDifference: interval(0, 0),
  baselineDifference: interval(0, 0),
  f1Difference: interval(0, 0),
  ...foresees(0.01, 0.006, 0.014),
  failureRateReduction: {
    ...reduction(gain * 0.03, low * 0.03, high * 0.03),
    baseline_failure_rate: 0.97,
    challenger_failure_rate: 0.97 - gain * 0.03,
    success_gain: { value: gain, interval: interval(low, high) },
  },
});

describe('the gate', () => {
  it.each<[string, GateInput, Verdict]>([
    ['a better challenger', better, 'pass'],
    [
      'exactly at every threshold',
      { ...better, challenger: scores(0.8, 0.78), failureRateReduction: reduction(0.05) },
      'pass',
    ],
    [
      'an equal challenger',
      {
        ...better,
        challenger: scores(0.79, 0.77),
        accuracyDifference: interval(-0.012, 0.012),
        f1Difference: interval(-0.013, 0.013),
        mcnemarPValue: 1,
        failureRateReduction: reduction(0, -0.06, 0.06),
      },
      'inconclusive',
    ],
    [
      'the champion itself again',
      {
        ...better,
        challenger: scores(0.79, 0.77),
        accuracyDifference: interval(0, 0),
        f1Difference: interval(0, 0),
        mcnemarPValue: 1,
        failureRateReduction: reduction(0, 0, 0),
      },
      'inconclusive',
    ],
    [
      'equal on very many rows',
      {
        ...better,
        rows: 400_000,
        challenger: scores(0.7905, 0.7704),
        accuracyDifference: interval(-0.001, 0.002),
        f1Difference: interval(-0.001, 0.002),
        mcnemarPValue: 0.4,
        failureRateReduction: reduction(0.001, -0.002, 0.004),
      },
      'fail',
    ],
    [
      'a worse challenger',
      {
        ...better,
        challenger: scores(0.75, 0.73),
        accuracyDifference: interval(-0.055, -0.025),
        f1Difference: interval(-0.056, -0.024),
        failureRateReduction: reduction(-0.2, -0.3, -0.1),
      },
      'fail',
    ],
    [
      'a slightly worse one on many rows',
      {
        ...better,
        challenger: scores(0.785, 0.765),
        accuracyDifference: interval(-0.008, -0.002),
        f1Difference: interval(-0.008, -0.002),
        failureRateReduction: reduction(0, -0.04, 0.04),
      },
      'fail',
    ],
    [
      'a worse one that few rows cannot show',
      {
        ...better,
        rows: 80,
        challenger: scores(0.76, 0.74),
        accuracyDifference: interval(-0.1, 0.04),
        f1Difference: interval(-0.11, 0.05),
        mcnemarPValue: 0.5,
        failureRateReduction: reduction(null, 0, 0, 20),
      },
      'inconclusive',
    ],
    [
      'shuffled labels',
      {
        ...better,
        challenger: shuffled,
        accuracyDifference: interval(-0.23, -0.18),
        f1Difference: interval(-0.31, -0.27),
        failureRateReduction: reduction(-0.5, -0.7, -0.3),
      },
      'fail',
    ],
    [
      'shuffled labels against a shuffled champion',
      {
        ...better,
        ...ignorant,
        challenger: shuffled,
        champion: scores(0.58, 0.47),
        accuracyDifference: interval(-0.01, 0.02),
        f1Difference: interval(-0.01, 0.03),
        mcnemarPValue: 0.6,
        failureRateReduction: reduction(0, -0.1, 0.1),
      },
      'fail',
    ],
    [
      'a lucky one on 40 rows',
      {
        ...better,
        rows: 40,
        challenger: scores(0.9, 0.89),
        champion: scores(0.8, 0.79),
        accuracyDifference: interval(-0.025, 0.225),
        f1Difference: interval(-0.03, 0.23),
        mcnemarPValue: 0.29,
        failureRateReduction: reduction(null, 0, 0, 14),
      },
      'inconclusive',
    ],
    [
      'a lucky one whose interval is too narrow for the exact test',
      {
        ...better,
        rows: 40,
        challenger: scores(0.925, 0.92),
        champion: scores(0.8, 0.79),
        accuracyDifference: interval(0.025, 0.25),
        f1Difference: interval(0.02, 0.26),
        mcnemarPValue: 0.0625,
      },
      'inconclusive',
    ],
    [
      'significant but below the accuracy threshold',
      { ...better, challenger: scores(0.795, 0.79), accuracyDifference: interval(0.002, 0.008) },
      'fail',
    ],
    [
      'better but not significantly',
      { ...better, accuracyDifference: interval(-0.002, 0.062), mcnemarPValue: 0.07 },
      'inconclusive',
    ],
    [
      'below the accuracy threshold and unclear',
      { ...better, challenger: scores(0.795, 0.79), accuracyDifference: interval(-0.005, 0.015), mcnemarPValue: 0.3 },
      'inconclusive',
    ],
    [
      'accuracy up, macro-F1 clearly down',
      { ...better, challenger: scores(0.82, 0.74), f1Difference: interval(-0.045, -0.015) },
      'fail',
    ],
    [
      'accuracy up, macro-F1 unclear',
      { ...better, challenger: scores(0.82, 0.775), f1Difference: interval(-0.01, 0.02) },
      'inconclusive',
    ],
    [
      'macro-F1 short of its threshold for sure',
      { ...better, challenger: scores(0.82, 0.775), f1Difference: interval(0.001, 0.009) },
      'fail',
    ],
    [
      'macro-F1 short and no interval to say so for sure',
      { ...better, challenger: scores(0.82, 0.775), f1Difference: null },
      'inconclusive',
    ],
    [
      'accuracy unclear, macro-F1 clearly down',
      {
        ...better,
        challenger: scores(0.79, 0.7),
        accuracyDifference: interval(-0.01, 0.01),
        mcnemarPValue: 0.9,
        f1Difference: interval(-0.09, -0.05),
      },
      'fail',
    ],
    ['more failures than before', { ...better, failureRateReduction: reduction(-0.1, -0.18, -0.02) }, 'fail'],
    ['failures reduced too little for sure', { ...better, failureRateReduction: reduction(0.03, 0.01, 0.045) }, 'fail'],
    [
      'failures perhaps reduced too little',
      { ...better, failureRateReduction: reduction(0.03, -0.05, 0.11) },
      'inconclusive',
    ],
    [
      'no overlap to estimate failures from',
      { ...better, failureRateReduction: reduction(null, 0, 0, 12) },
      'inconclusive',
    ],
    [
      'no overlap, and worse',
      {
        ...better,
        challenger: scores(0.75, 0.73),
        accuracyDifference: interval(-0.055, -0.025),
        f1Difference: interval(-0.056, -0.024),
        failureRateReduction: reduction(null, 0, 0, 12),
      },
      'fail',
    ],
    [
      'samples enough but decisions nobody tried',
      { ...better, failureRateReduction: { ...reduction(null, 0, 0, 500), unsupported: 0.3 } },
      'inconclusive',
    ],
    [
      'a model without actions',
      {
        ...better,
        failureRateReduction: { method: 'not-applicable', value: null, interval: null, effective_samples: 0 },
        alike: null,
      },
      'pass',
    ],
    [
      'better than the champion but not than the baseline',
      { ...better, baselineAccuracy: 0.85, baselineDifference: interval(-0.045, -0.015) },
      'fail',
    ],
    [
      'as good as the baseline, and knowing no more',
      {
        ...better,
        baselineAccuracy: 0.82,
        baselineDifference: interval(-0.01, 0.01),
        ...foresees(-0.01, -0.015, -0.005),
      },
      'fail',
    ],
    [
      'perhaps as good as the baseline',
      { ...better, baselineAccuracy: 0.82, baselineDifference: interval(-0.01, 0.01) },
      'inconclusive',
    ],
    [
      'a little above the baseline, not for sure',
      { ...better, baselineAccuracy: 0.81, baselineDifference: interval(-0.005, 0.025) },
      'inconclusive',
    ],
    [
      'no more often right than the baseline, but foreseeing more',
      { ...better, baselineAccuracy: 0.82, baselineDifference: interval(-0.01, 0.01), ...foresees(0.05, 0.03, 0.07) },
      'pass',
    ],
    ['an accuracy that is not a number', { ...better, challenger: scores(Number.NaN, 0.8) }, 'error'],
    ['a macro-F1 that is not a number', { ...better, challenger: scores(0.82, Number.NaN) }, 'error'],
    ["a champion's accuracy that is not a number", { ...better, champion: scores(Number.NaN, 0.77) }, 'error'],
    ['an accuracy above 1', { ...better, challenger: scores(1.2, 0.8) }, 'error'],
    ['no metrics at all', { ...better, challenger: null }, 'error'],
    ['no baseline', { ...better, baselineAccuracy: null }, 'error'],
    ['no interval', { ...better, accuracyDifference: null }, 'error'],
    ['an interval of nothing', { ...better, accuracyDifference: interval(Number.NaN, Number.NaN) }, 'error'],
    ['an interval the wrong way round', { ...better, accuracyDifference: interval(0.05, 0.01) }, 'error'],
    [
      'a failure-rate reduction that is not a number',
      { ...better, failureRateReduction: reduction(Number.NaN) },
      'error',
    ],
    [
      'broken numbers of a worse challenger',
      { ...better, challenger: scores(0.7, Number.NaN), accuracyDifference: interval(-0.1, -0.05) },
      'error',
    ],
    [
      'stricter thresholds',
      { ...better, settings: settingsOf({ profile: 'seed', accuracy_improvement: 0.05 }) },
      'fail',
    ],
    [
      'a lower confidence asked for',
      { ...better, settings: settingsOf({ profile: 'seed', confidence: 0.9 }), mcnemarPValue: 0.08 },
      'pass',
    ],
    ['the first version, better than the baseline', first, 'pass'],
    [
      'the first version with shuffled labels',
      { ...first, ...ignorant, challenger: shuffled, accuracyDifference: interval(-0.03, 0.001), mcnemarPValue: 0.1 },
      'fail',
    ],
    [
      'the first version, clearly below the baseline',
      {
        ...first,
        challenger: scores(0.048, 0.03),
        baselineAccuracy: 0.595,
        accuracyDifference: interval(-0.58, -0.51),
        baselineDifference: interval(-0.58, -0.51),
      },
      'fail',
    ],
    [
      'the first version, a little above the baseline on few rows',
      {
        ...first,
        rows: 40,
        challenger: scores(0.65, 0.6),
        accuracyDifference: interval(-0.1, 0.2),
        baselineDifference: interval(-0.1, 0.2),
        mcnemarPValue: 0.7,
      },
      'inconclusive',
    ],
    [
      'the first version, whatever its failures would be',
      { ...first, failureRateReduction: reduction(null, 0, 0, 3) },
      'pass',
    ],
    ['the first version without probabilities', { ...first, challenger: null }, 'error'],
    [
      'a little better, perhaps by enough: .820 → .829 in [+.002, +.016]',
      {
        ...better,
        challenger: scores(0.829, 0.8),
        champion: scores(0.82, 0.77),
        accuracyDifference: interval(0.002, 0.016),
      },
      'inconclusive',
    ],
    [
      'surely not a point better: −.009 in [−.020, +.001]',
      {
        ...better,
        challenger: scores(0.811, 0.8),
        champion: scores(0.82, 0.77),
        accuracyDifference: interval(-0.02, 0.001),
        mcnemarPValue: 0.08,
      },
      'fail',
    ],
    [
      'better by half a point on 20,000 rows',
      {
        ...better,
        rows: 20_000,
        challenger: scores(0.825, 0.8),
        champion: scores(0.82, 0.77),
        accuracyDifference: interval(-0.0002, 0.0102),
        mcnemarPValue: 0.06,
      },
      'inconclusive',
    ],
    [
      'a reduction whose interval says nothing: .06 in [−.20, +.32]',
      { ...better, failureRateReduction: reduction(0.06, -0.2, 0.32) },
      'inconclusive',
    ],
    [
      'a reduction that begins at nothing',
      { ...better, failureRateReduction: reduction(0.06, 0, 0.12) },
      'inconclusive',
    ],
    ['a reduction above nothing', { ...better, failureRateReduction: reduction(0.06, 0.001, 0.119) }, 'pass'],
    [
      'where 0.8 points are left to gain: 99.2 % → 99.8 %',
      {
        ...better,
        challenger: scores(0.998, 0.95),
        champion: scores(0.992, 0.9),
        accuracyDifference: interval(0.002, 0.01),
        baselineAccuracy: 0.95,
        baselineDifference: interval(0.04, 0.056),
      },
      'pass',
    ],
    [
      'where 2 points are left to gain, less than a fifth of the error for sure',
      {
        ...better,
        challenger: scores(0.982, 0.95),
        champion: scores(0.98, 0.9),
        accuracyDifference: interval(0.001, 0.0035),
      },
      'fail',
    ],
    [
      'where 2 points are left to gain, perhaps a fifth of the error',
      {
        ...better,
        challenger: scores(0.983, 0.95),
        champion: scores(0.98, 0.9),
        accuracyDifference: interval(0.001, 0.005),
      },
      'inconclusive',
    ],
    [
      'a lost fifth of macro-F1 where little is left',
      {
        ...better,
        challenger: scores(0.82, 0.981),
        champion: scores(0.79, 0.98),
        f1Difference: interval(-0.001, 0.003),
      },
      'fail',
    ],
    [
      'the first version at 97 : 3, which is never above the cut of 0.5',
      {
        ...first,
        challenger: scores(0.97, 0.49),
        baselineAccuracy: 0.97,
        accuracyDifference: interval(0, 0),
        baselineDifference: interval(0, 0),
        mcnemarPValue: 1,
        ...foresees(0.01, 0.006, 0.014),
      },
      'pass',
    ],
    [
      'the first version at 97 : 3 that foresees nothing',
      {
        ...first,
        challenger: scores(0.97, 0.49),
        baselineAccuracy: 0.97,
        accuracyDifference: interval(0, 0),
        baselineDifference: interval(0, 0),
        mcnemarPValue: 1,
        ...foresees(0.0001, -0.002, 0.002),
      },
      'inconclusive',
    ],
    [
      'the first version whose choices are surely worse: −.71 in [−.90, −.50]',
      { ...first, failureRateReduction: { ...reduction(-0.71, -0.9, -0.5), baseline: 'logged' } },
      'fail',
    ],
    [
      'the first version whose choices look worse when replayed',
      { ...first, failureRateReduction: { ...replay(-0.71, -0.9, -0.5), baseline: 'logged' } },
      'inconclusive',
    ],
    [
      'the first version whose choices look a little worse',
      { ...first, failureRateReduction: { ...reduction(-0.01, -0.04, 0.02), baseline: 'logged' } },
      'inconclusive',
    ],
    [
      'the first version whose choices may be much worse',
      { ...first, failureRateReduction: { ...reduction(0.02, -0.2, 0.24), baseline: 'logged' } },
      'inconclusive',
    ],
    [
      'the first version whose choices are as good as what was done',
      { ...first, failureRateReduction: { ...reduction(0.01, -0.03, 0.05), baseline: 'logged' } },
      'pass',
    ],
    [
      'the first version whose choices may be much worse if the engine knew more',
      {
        ...first,
        failureRateReduction: { ...replay(0.05, 0.01, 0.09), interval: interval(-0.9, 0.5), baseline: 'logged' },
      },
      'inconclusive',
    ],
    [
      'the first version whose choices are better when replayed',
      { ...first, failureRateReduction: { ...replay(0.3, 0.13, 0.47), baseline: 'logged' } },
      'pass',
    ],
    [
      '87 effective samples by matched replay of 15–19 % fewer failures',
      {
        ...better,
        settings: settingsOf({ minimum_effective_samples: 100 }),
        failureRateReduction: { ...reduction(null, 0, 0, 87), method: 'matched-replay', explored: 0 },
      },
      'inconclusive',
    ],
    [
      '2.4 effective samples on changed decisions',
      { ...better, failureRateReduction: reduction(null, 0, 0, 2.4) },
      'inconclusive',
    ],
    [
      'replayed choices beside accuracy and macro-F1',
      { ...better, failureRateReduction: replay(0.15, 0.04, 0.26) },
      'pass',
    ],
    [
      'replayed choices that chance may have made look better',
      { ...better, failureRateReduction: replay(0.15, -0.02, 0.32) },
      'inconclusive',
    ],
    [
      'replayed choices that look worse, which replay alone cannot say',
      { ...better, failureRateReduction: replay(-0.2, -0.3, -0.1) },
      'inconclusive',
    ],
    [
      'replayed choices where choices decide',
      { ...mostlySuccess, settings: policy, failureRateReduction: replay(0.27, 0.14, 0.4) },
      'inconclusive',
    ],
    ['27 % fewer failures at 85 % success, by the three demands', mostlySuccess, 'fail'],
    ['27 % fewer failures at 85 % success, where choices decide', { ...mostlySuccess, settings: policy }, 'pass'],
    [
      'fewer failures, accuracy surely worse by more than a point',
      {
        ...mostlySuccess,
        settings: policy,
        challenger: scores(0.83, 0.62),
        accuracyDifference: interval(-0.036, -0.024),
      },
      'fail',
    ],
    [
      'fewer failures, accuracy perhaps worse by more than a point',
      {
        ...mostlySuccess,
        settings: policy,
        challenger: scores(0.855, 0.62),
        accuracyDifference: interval(-0.02, 0.01),
      },
      'inconclusive',
    ],
    [
      'fewer failures, the same answers on every row',
      {
        ...mostlySuccess,
        settings: policy,
        accuracyDifference: interval(0, 0),
        challenger: scores(0.86, 0.615),
        f1Difference: interval(0, 0),
      },
      'pass',
    ],
    [
      'fewer failures by less than 5 % for sure',
      { ...mostlySuccess, settings: policy, failureRateReduction: reduction(0.02, 0.001, 0.04) },
      'fail',
    ],
    [
      'fewer failures, but a wider margin was asked for',
      { ...mostlySuccess, settings: settingsOf({ failure_rate_reduction: 0.45 }) },
      'fail',
    ],
    ['60 % more successes where 3 % succeed', rareSuccess(0.6, 0.2, 1), 'pass'],
    ['perhaps more successes where 3 % succeed', rareSuccess(0.3, -0.1, 0.7), 'inconclusive'],
    ['fewer successes where 3 % succeed', rareSuccess(-0.3, -0.5, -0.1), 'fail'],
    [
      'the same choices on every row',
      { ...better, failureRateReduction: { ...reduction(0, 0, 0), changed_decisions: 0 } },
      'inconclusive',
    ],
    ['199 holdout rows', { ...better, rows: 199 }, 'inconclusive'],
    ['200 holdout rows', { ...better, rows: 200 }, 'pass'],
    [
      '50 holdout rows, where that is enough for the definition',
      { ...better, rows: 50, settings: settingsOf({ profile: 'seed', minimum_holdout_rows: 50 }) },
      'pass',
    ],
    ['the first version on 199 holdout rows', { ...first, rows: 199 }, 'inconclusive'],
    [
      'a worse one on 199 holdout rows',
      { ...better, rows: 199, challenger: scores(0.7, 0.6), accuracyDifference: interval(-0.15, -0.03) },
      'fail',
    ],
    ['all actions alike on every row', { ...better, alike: 1 }, 'fail'],
    ['all actions alike on 95 % of the rows', { ...better, alike: 0.95 }, 'fail'],
    ['all actions alike on 94 % of the rows', { ...better, alike: 0.94 }, 'pass'],
    ['the first version, all actions alike', { ...first, alike: 1 }, 'fail'],
    [
      'all actions alike, and nobody minds',
      { ...better, alike: 1, settings: settingsOf({ profile: 'seed', distinguishes_actions: false }) },
      'pass',
    ],
    ['a share of alike rows that is none', { ...better, alike: Number.NaN }, 'error'],
    ['the 52nd look of 52', { ...better, settings: settingsOf({ profile: 'seed', budget: {} }, 52) }, 'pass'],
    ['the 53rd look of 52', { ...better, settings: settingsOf({ profile: 'seed', budget: {} }, 53) }, 'inconclusive'],
    ['any number of looks without a budget', { ...better, settings: settingsOf({ profile: 'seed' }, 500) }, 'pass'],
  ])('%s', (_, input, verdict) => {
    const result = judge(input);
    expect(result.verdict, result.summary).toBe(verdict);
    expect(result.checks).toHaveLength(6);
    for (const check of result.checks) expect(check.explanation).toMatch(/^[A-Z].*\.$/);
  });

  it('names what it was decided by', () => {
    const result = judge({ ...better, baselineAccuracy: 0.85, baselineDifference: interval(-0.045, -0.015) });
    expect(result.summary).toMatch(
      /^Fail: Accuracy 82\.0 % is not above the 85\.0 % of always answering the most common class, −0\.0300 in \[−0\.0450, −0\.0150\]\. With /,
    );
    expect(result.checks.filter((check) => check.outcome === 'fail').map((check) => check.check)).toEqual([
      'beats_baseline',
    ]);
  });

  it('lists number, threshold and outcome of every check', () => {
    expect(judge(better).checks.map(({ check, outcome, threshold }) => ({ check, outcome, threshold }))).toEqual([
      { check: 'accuracy_improvement', outcome: 'pass', threshold: 0.01 },
      { check: 'f1_macro_improvement', outcome: 'pass', threshold: 0.01 },
      { check: 'failure_rate_reduction', outcome: 'pass', threshold: 0.05 },
      { check: 'beats_baseline', outcome: 'pass', threshold: 0.6 },
      { check: 'enough_evidence', outcome: 'pass', threshold: 0 },
      { check: 'distinguishes_actions', outcome: 'pass', threshold: expect.closeTo(0.05, 12) },
    ]);
    expect(judge(better).checks[0]?.value).toBeCloseTo(0.03, 12);
    expect(
      judge(first)
        .checks.slice(0, 3)
        .map((check) => check.outcome),
    ).toEqual(['not-applicable', 'not-applicable', 'pass']);
  });

  it('says what so many rows could have shown, and how many are needed', () => {
    const few = judge({ ...better, rows: 475, accuracyDifference: interval(-0.012, 0.044), mcnemarPValue: 0.3 });
    expect(few.summary).toMatch(
      /With 475 rows an improvement of accuracy below 4\.0 points would not be seen; 7,700 rows are needed for 1\.0\./,
    );
    expect(few.power?.map(({ measure }) => measure)).toEqual(['accuracy', 'failures']);
    const [accuracy] = few.power ?? [];
    expect(accuracy?.detectable).toBeCloseTo(0.04, 3);
    expect(accuracy?.rows_needed).toBeGreaterThan(7500);
  });

  it.each<[string, GateInput, boolean, RegExp]>([
    ['lacks evidence', { ...better, failureRateReduction: reduction(0.06, -0.2, 0.32) }, true, /30\.0 % of the rows/],
    ['was never explored', { ...better, failureRateReduction: reduction(null, 0, 0, 2) }, true, /choose differently/],
    ['passed', better, false, /verdict is pass/],
    ['is estimated to be worse', { ...better, failureRateReduction: reduction(-0.06, -0.2, 0.08) }, false, /do worse/],
    [
      'chooses what the champion chooses',
      { ...better, failureRateReduction: { ...reduction(0, -0.06, 0.06), changed_decisions: 0.001 } },
      false,
      /0\.1 % of the rows only/,
    ],
    ['was judged on too few rows', { ...better, rows: 60 }, false, /60 holdout rows/],
    ['is the first', { ...first, rows: 60 }, false, /no champion/],
  ])('says whether a trial would tell of one that %s', (_, input, suited, reason) => {
    const { trial } = judge(input);
    expect(trial?.suited).toBe(suited);
    expect(trial?.reason).toMatch(reason);
  });

  it('says what it costs that nothing is explored', () => {
    const unseen = { ...reduction(null, 0, 0, 2.4), explored: 0 };
    expect(judge({ ...better, failureRateReduction: unseen }).summary).toContain('No decision was explored');
  });

  it('counts looks, and narrows what each of them may let through by luck', () => {
    const budget = settingsOf({ budget: { false_promotions: 0.05, looks: 50 } }, 3);
    expect(budget.confidence).toBeCloseTo(0.998, 12);
    expect(judge({ ...better, settings: budget }).looks).toBe(3);
  });

  it('judges a package that cannot be opened as an error, with the reason', () => {
    const result = judgeBroken('model.xgb.json is not what index.json says');
    expect(result.verdict).toBe('error');
    expect(result.summary).toContain('model.xgb.json');
  });
});
