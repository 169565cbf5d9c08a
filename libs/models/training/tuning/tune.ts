import type { Backend } from '#contracts/model-definition';
import type { Tuning } from '#contracts/model-package';
import { seededRandom } from '#domain/statistics/random';
import type { TrainedModel } from '../backends/backend.js';
import { drawParameters } from './search-space.js';

/** A setting to try. */
export interface Trial {
  /** 1 is the definition's own setting. */
  readonly number: number;
  readonly parameters: ReadonlyMap<string, string>;
}

/** What the search may do with a trial. */
export interface Trials {
  train(trial: Trial): Promise<TrainedModel>;
  /** Class of each validation row. */
  readonly labels: Float32Array;
  readonly classes: number;
  /** Called after every trial. */
  done(trial: Trial, loss: number, best: number): Promise<void>;
}

/**
 * Random search (Bergstra & Bengio, "Random Search for Hyper-Parameter Optimization", JMLR 2012) over `count` settings,
 * the definition's own among them: the one with the least log-loss on the validation part is kept. Neither the test
 * part nor the clock has a say, so equal data and seed give the equal choice. The other models are freed.
 */
export async function tune(
  backend: Backend,
  given: ReadonlyMap<string, string>,
  { count, seed }: { readonly count: number; readonly seed: number },
  trials: Trials,
): Promise<{ readonly model: TrainedModel; readonly tuning: Tuning }> {
  const random = seededRandom(seed);
  let best: { model: TrainedModel; trial: Trial; loss: number } | null = null;
  let own = Number.NaN;
  for (let number = 1; number <= count; number++) {
    const trial: Trial = { number, parameters: number === 1 ? given : drawParameters(backend, given, random) };
    const model = await trials.train(trial);
    const loss = logLoss(model.probabilitiesOf('validation'), trials.labels, trials.classes);
    if (number === 1) own = loss;
    if (best === null || loss < best.loss) {
      best?.model.free();
      best = { model, trial, loss };
    } else model.free();
    await trials.done(trial, loss, best.loss);
  }
  if (best === null) throw new RangeError(`a search over ${count} settings finds nothing; expected at least 1`);
  const { model, trial, loss } = best;
  return {
    model,
    tuning: {
      trials: count,
      chosen: trial.number,
      parameters: Object.fromEntries(trial.parameters),
      validation_loss: loss,
      definition_loss: own,
    },
  };
}

/** Least probability that is taken at its word, so that one sure and wrong answer does not decide. */
export const LEAST = 1e-15;

/** Mean −ln P(label) over rows × classes probabilities; infinite for a model that does not give numbers. */
export function logLoss(probabilities: Float64Array, labels: Float32Array, classes: number): number {
  let total = 0;
  labels.forEach((label, row) => {
    total -= Math.log(Math.max(LEAST, probabilities[row * classes + label] ?? Number.NaN));
  });
  const mean = total / labels.length;
  return Number.isNaN(mean) ? Number.POSITIVE_INFINITY : mean;
}
