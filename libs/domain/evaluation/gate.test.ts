import { describe, expect, it } from 'vitest';
import type { FailureRateReduction, Interval, Verdict } from '#contracts/events/evaluation';
import { GateThresholds } from '#contracts/model-definition';
import { type GateInput, judge, judgeBroken } from './gate.js';

const thresholds = GateThresholds.parse({});
const interval = (low: number, high: number): Interval => ({ low, high, confidence: 0.95 });

const reduction = (value: number | null, low = 0.02, high = 0.3, samples = 900): FailureRateReduction => ({
  method: 'importance-weighting',
  value,
  interval: value === null ? null : interval(low, high),
  effective_samples: samples,
  challenger_failure_rate: 0.4 * (1 - (value ?? 0)),
  baseline_failure_rate: 0.4,
  unsupported: 0,
});

/** A challenger that is better in every respect; each case below changes something about it. */
const better: GateInput = {
  thresholds,
  rows: 3000,
  challenger: { accuracy: 0.82, f1_macro: 0.8 },
  champion: { accuracy: 0.79, f1_macro: 0.77 },
  baselineAccuracy: 0.6,
  accuracyDifference: interval(0.015, 0.045),
  f1Difference: interval(0.014, 0.046),
  mcnemarPValue: 0.0003,
  failureRateReduction: reduction(0.15),
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
        failureRateReduction: reduction(0, -0.04, 0.04),
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
      'inconclusive',
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
      'macro-F1 short and no interval to excuse it',
      { ...better, challenger: scores(0.82, 0.775), f1Difference: null },
      'fail',
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
      },
      'pass',
    ],
    ['better than the champion but not than the baseline', { ...better, baselineAccuracy: 0.85 }, 'fail'],
    ['as good as the baseline', { ...better, baselineAccuracy: 0.82 }, 'fail'],
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
    ['stricter thresholds', { ...better, thresholds: GateThresholds.parse({ accuracy_improvement: 0.05 }) }, 'fail'],
    [
      'a lower confidence asked for',
      { ...better, thresholds: GateThresholds.parse({ confidence: 0.9 }), mcnemarPValue: 0.08 },
      'pass',
    ],
    ['the first version, better than the baseline', first, 'pass'],
    [
      'the first version with shuffled labels',
      { ...first, challenger: shuffled, accuracyDifference: interval(-0.03, 0.001), mcnemarPValue: 0.1 },
      'fail',
    ],
    [
      'the first version, clearly below the baseline',
      {
        ...first,
        challenger: scores(0.048, 0.03),
        baselineAccuracy: 0.595,
        accuracyDifference: interval(-0.58, -0.51),
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
  ])('%s', (_, input, verdict) => {
    const result = judge(input);
    expect(result.verdict, result.summary).toBe(verdict);
    expect(result.checks).toHaveLength(5);
    for (const check of result.checks) expect(check.explanation).toMatch(/^[A-Z].*\.$/);
  });

  it('names what it was decided by', () => {
    const result = judge({ ...better, baselineAccuracy: 0.85 });
    expect(result.summary).toBe(
      'Fail: Accuracy 82.0 % is not above the 85.0 % of always answering the most common class.',
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
    ]);
    expect(judge(better).checks[0]?.value).toBeCloseTo(0.03, 12);
    expect(
      judge(first)
        .checks.slice(0, 3)
        .map((check) => check.outcome),
    ).toEqual(['not-applicable', 'not-applicable', 'not-applicable']);
  });

  it('judges a package that cannot be opened as an error, with the reason', () => {
    const result = judgeBroken('model.xgb.json is not what index.json says');
    expect(result.verdict).toBe('error');
    expect(result.summary).toContain('model.xgb.json');
  });
});
