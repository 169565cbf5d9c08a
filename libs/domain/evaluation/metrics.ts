import type { HoldoutMetrics } from '#contracts/events/evaluation';
import { calibrationBins } from './calibration.js';
import { rocAuc } from './roc.js';
import type { Scored } from './scored.js';

/** Probabilities below this count as this in the log-loss, as one sure mistake would make it infinite. */
const SMALLEST_PROBABILITY = 1e-15;

/**
 * The most probable class of each row, the first of equally probable ones; but of two classes the second from 0.5 on,
 * which is also how a live prediction is counted.
 *
 * @throws RangeError if a probability is not a number from 0 to 1.
 */
export function predictedClasses(probabilities: Float64Array, classes: number): Int32Array {
  if (classes < 2 || probabilities.length % classes !== 0)
    throw new RangeError(`expected rows of ${classes} probabilities, got ${probabilities.length} numbers`);
  const predicted = new Int32Array(probabilities.length / classes);
  for (let row = 0; row < predicted.length; row++) {
    let best = -1;
    for (let k = 0; k < classes; k++) {
      const p = probabilities[row * classes + k] ?? Number.NaN;
      if (!(p >= -1e-9 && p <= 1 + 1e-9))
        throw new RangeError(`row ${row}, class ${k}: expected a probability from 0 to 1, got ${p}`);
      if (p > best || (classes === 2 && p === best)) {
        best = p;
        predicted[row] = k;
      }
    }
  }
  return predicted;
}

/**
 * Every number of a model on a holdout, with the definitions of scikit-learn 1.9 (accuracy_score, f1_score with
 * average="macro" and zero_division=0, log_loss, brier_score_loss, roc_auc_score one-against-rest). The Brier score of
 * two classes is the mean of (P(second) − truth)²; beyond two it is the sum over classes (Brier 1950), from 0 to 2.
 *
 * @throws RangeError for no rows, or a probability that is none.
 */
export function holdoutMetrics({ classes, truth, probabilities }: Scored): HoldoutMetrics {
  const count = classes.length;
  const rows = truth.length;
  if (rows === 0) throw new RangeError('expected at least one holdout row, got none');
  if (probabilities.length !== rows * count)
    throw new RangeError(
      `expected ${rows} rows × ${count} classes of probabilities, got ${probabilities.length} numbers`,
    );
  const predicted = predictedClasses(probabilities, count);
  const confusion = classes.map(() => new Array<number>(count).fill(0));
  let hits = 0;
  let logLoss = 0;
  let brier = 0;
  for (let row = 0; row < rows; row++) {
    const actual = truth[row] ?? -1;
    const guess = predicted[row] ?? 0;
    if (actual === guess) hits++;
    const cells = confusion[actual];
    if (cells) cells[guess] = (cells[guess] ?? 0) + 1;
    const given = actual < 0 ? 0 : (probabilities[row * count + actual] ?? 0);
    logLoss -= Math.log(Math.min(1, Math.max(SMALLEST_PROBABILITY, given)));
    for (let k = 0; k < count; k++) brier += ((probabilities[row * count + k] ?? 0) - (k === actual ? 1 : 0)) ** 2;
  }
  const perClass = classMetrics(classes, confusion, predicted);
  return {
    rows,
    accuracy: hits / rows,
    f1_macro: macroF1(confusion, predictedCounts(predicted, count)),
    log_loss: logLoss / rows,
    brier: brier / rows / (count === 2 ? 2 : 1),
    roc_auc: rocAuc({ classes, truth, probabilities }),
    per_class: perClass,
    confusion_matrix: confusion,
    classes: [...classes],
    calibration: calibrationBins({ classes, truth, probabilities }, predicted),
  };
}

function classMetrics(classes: readonly string[], confusion: readonly number[][], predicted: Int32Array) {
  const guessed = predictedCounts(predicted, classes.length);
  return classes.map((name, k) => {
    const support = sum(confusion[k] ?? []);
    const right = confusion[k]?.[k] ?? 0;
    return {
      class: name,
      precision: ratio(right, guessed[k] ?? 0),
      recall: ratio(right, support),
      f1: ratio(2 * right, support + (guessed[k] ?? 0)),
      support,
    };
  });
}

/**
 * Mean F1 over the classes that occur in the truth or among the predictions.
 *
 * @param confusion rows are the truth, columns the prediction
 * @param guessed how often each class was predicted, rows of unknown truth included
 */
export function macroF1(confusion: readonly ArrayLike<number>[], guessed: ArrayLike<number>): number {
  let total = 0;
  let occurring = 0;
  for (let k = 0; k < confusion.length; k++) {
    const support = sum(confusion[k] ?? []);
    const seen = support + (guessed[k] ?? 0);
    if (seen === 0) continue;
    occurring++;
    total += (2 * (confusion[k]?.[k] ?? 0)) / seen;
  }
  return ratio(total, occurring);
}

function predictedCounts(predicted: Int32Array, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const k of predicted) counts[k] = (counts[k] ?? 0) + 1;
  return counts;
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] ?? 0;
  return total;
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
