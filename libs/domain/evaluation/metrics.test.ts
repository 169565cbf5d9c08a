import { describe, expect, it } from 'vitest';
import { majorityBaseline } from './baseline.js';
import { calibrationError } from './calibration.js';
import { holdoutMetrics, predictedClasses } from './metrics.js';
import { rocCurve } from './roc.js';

const binary = {
  classes: ['failed', 'success'],
  truth: Int32Array.from([0, 0, 1, 1, 1, 0, 1, 0, 1, 1]),
  probabilities: Float64Array.from([0.1, 0.6, 0.8, 0.4, 0.9, 0.3, 0.5, 0.5, 0.95, 0.2].flatMap((p) => [1 - p, p])),
};

const threeClasses = {
  classes: ['a', 'b', 'c'],
  truth: Int32Array.from([0, 1, 2, 2, 1, 0, 2, 1]),
  probabilities: Float64Array.from(
    [
      [0.7, 0.2, 0.1],
      [0.3, 0.4, 0.3],
      [0.1, 0.2, 0.7],
      [0.5, 0.25, 0.25],
      [0.2, 0.5, 0.3],
      [0.4, 0.35, 0.25],
      [0.05, 0.05, 0.9],
      [0.6, 0.3, 0.1],
    ].flat(),
  ),
};

describe('holdout metrics', () => {
  it('of two classes are those of scikit-learn 1.9', () => {
    const metrics = holdoutMetrics(binary);
    expect(metrics.rows).toBe(10);
    expect(metrics.accuracy).toBeCloseTo(0.6, 12);
    expect(metrics.f1_macro).toBeCloseTo(0.5833333333333333, 12);
    expect(metrics.log_loss).toBeCloseTo(0.5670146558258445, 12);
    expect(metrics.brier).toBeCloseTo(0.20125, 12);
    expect(metrics.roc_auc).toBeCloseTo(0.7291666666666667, 12);
    expect(metrics.confusion_matrix).toEqual([
      [2, 2],
      [2, 4],
    ]);
    expect(metrics.per_class[1]).toEqual({ class: 'success', precision: 4 / 6, recall: 4 / 6, f1: 8 / 12, support: 6 });
  });

  it('of three classes are those of scikit-learn 1.9', () => {
    const metrics = holdoutMetrics(threeClasses);
    expect(metrics.accuracy).toBeCloseTo(0.75, 12);
    expect(metrics.f1_macro).toBeCloseTo(0.7555555555555555, 12);
    expect(metrics.log_loss).toBeCloseTo(0.7418382766611717, 12);
    expect(metrics.brier).toBeCloseTo(0.436875, 12);
    expect(metrics.roc_auc).toBeCloseTo(0.8666666666666666, 12);
    expect(metrics.confusion_matrix).toEqual([
      [2, 0, 0],
      [1, 2, 0],
      [1, 0, 2],
    ]);
  });

  it('give no ROC area where only one class is present, and stay finite on a sure mistake', () => {
    const metrics = holdoutMetrics({
      classes: ['failed', 'success'],
      truth: Int32Array.from([1, 1]),
      probabilities: Float64Array.from([0, 1, 1, 0]),
    });
    expect(metrics.roc_auc).toBeNull();
    expect(metrics.log_loss).toBeCloseTo(-Math.log(1e-15) / 2, 9);
  });

  it('count a row whose class the model does not know as wrong, in no cell of the matrix', () => {
    const metrics = holdoutMetrics({
      classes: ['a', 'b'],
      truth: Int32Array.from([-1, 1]),
      probabilities: Float64Array.from([0.9, 0.1, 0.1, 0.9]),
    });
    expect(metrics.accuracy).toBe(0.5);
    expect(metrics.confusion_matrix.flat().reduce((a, b) => a + b)).toBe(1);
    expect(metrics.per_class[0]?.precision).toBe(0);
  });

  it('bin the probabilities for the calibration plot', () => {
    const { calibration } = holdoutMetrics(binary);
    expect(calibration.reduce((rows, bin) => rows + bin.rows, 0)).toBe(10);
    const fifties = calibration.find((bin) => bin.predicted === 0.5);
    expect(fifties).toEqual({ predicted: 0.5, observed: 0.5, rows: 2 });
    expect(calibrationError([{ predicted: 0.5, observed: 0.75, rows: 2 }])).toBe(0.25);
    expect(calibrationError([])).toBe(0);
  });

  it.each([
    ['not a number', [Number.NaN, 0.5]],
    ['negative', [-0.1, 1.1]],
  ])('refuse a probability that is %s, naming the row', (_, probabilities) => {
    const scored = {
      classes: ['a', 'b'],
      truth: Int32Array.from([1]),
      probabilities: Float64Array.from(probabilities),
    };
    expect(() => holdoutMetrics(scored)).toThrow(/row 0, class 0: expected a probability/);
  });

  it('refuse an empty holdout and a matrix of another size', () => {
    const empty = { classes: ['a', 'b'], truth: new Int32Array(0), probabilities: new Float64Array(0) };
    expect(() => holdoutMetrics(empty)).toThrow(/at least one holdout row/);
    expect(() => holdoutMetrics({ ...empty, truth: new Int32Array(3) })).toThrow(/3 rows × 2 classes/);
  });
});

describe('predicted class', () => {
  it('is the first of equally probable ones, but P(success) = 0.5 means success', () => {
    expect([...predictedClasses(Float64Array.from([0.5, 0.5, 0.6, 0.4]), 2)]).toEqual([1, 0]);
    expect([...predictedClasses(Float64Array.from([0.4, 0.4, 0.2, 0.2, 0.4, 0.4]), 3)]).toEqual([0, 1]);
  });
});

describe('ROC curve', () => {
  it('runs from corner to corner, once per distinct score', () => {
    const curve = rocCurve(binary, 1);
    expect(curve[0]).toEqual({ x: 0, y: 0 });
    expect(curve.at(-1)).toEqual({ x: 1, y: 1 });
    expect(curve).toHaveLength(10);
    const area = curve.reduce((sum, p, i) => {
      const before = curve[i - 1] ?? p;
      return sum + ((p.x - before.x) * (p.y + before.y)) / 2;
    }, 0);
    expect(area).toBeCloseTo(0.7291666666666667, 12);
  });

  it('keeps the corners when thinned', () => {
    const curve = rocCurve(binary, 1, 3);
    expect(curve).toHaveLength(4);
    expect(curve.at(-1)).toEqual({ x: 1, y: 1 });
  });
});

describe('majority baseline', () => {
  it('names what else may be the most common class', () => {
    const rows = (...counts: number[]) => Int32Array.from(counts.flatMap((n, k) => new Array<number>(n).fill(k)));
    expect(majorityBaseline(rows(520, 480, 100), 3, 0.95).candidates).toEqual([0, 1]);
    expect(majorityBaseline(rows(440, 560), 2, 0.95).candidates).toEqual([1]);
  });

  it('is the share of the most common class', () => {
    expect(majorityBaseline(Int32Array.from([1, 0, 1, 1]), 2, 0.95)).toMatchObject({ class: 1, accuracy: 0.75 });
    expect(() => majorityBaseline(new Int32Array(0), 2, 0.95)).toThrow(/at least one/);
  });
});
