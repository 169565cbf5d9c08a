import type { Interval } from '#contracts/events/evaluation';
import { drawMultinomial } from '../statistics/binomial.js';
import type { Random } from '../statistics/random.js';
import { macroF1 } from './metrics.js';
import { type PairedCounts, rowsOf } from './paired.js';

export interface BootstrapOptions {
  readonly confidence: number;
  readonly samples: number;
  readonly random: Random;
}

/**
 * Paired bootstrap interval of the accuracy difference (percentile method, Efron 1979). Drawing rows with replacement
 * only changes how many rows fall into the four cells of `counts`, and those are multinomial: so the cells are drawn,
 * not the rows, and a million rows cost as much as forty.
 */
export function accuracyDifferenceInterval(counts: PairedCounts, options: BootstrapOptions): Interval {
  const rows = rowsOf(counts);
  const cells = [counts.onlyChallenger, counts.onlyChampion, counts.both + counts.neither];
  const drawn = new Float64Array(cells.length);
  return percentileInterval(options, () => {
    drawMultinomial(rows, cells, options.random, drawn);
    return ((drawn[0] ?? 0) - (drawn[1] ?? 0)) / rows;
  });
}

/**
 * The same for the difference of the macro-F1 scores, by drawing the cells (truth, challenger's answer, champion's
 * answer) of their joint table.
 */
export function macroF1DifferenceInterval(
  rows: { truth: Int32Array; challenger: Int32Array; champion: Int32Array; classes: number },
  options: BootstrapOptions,
): Interval {
  const { truth, challenger, champion, classes } = rows;
  const table = new Map<number, number>();
  for (let row = 0; row < truth.length; row++) {
    const cell = (((truth[row] ?? -1) + 1) * classes + (challenger[row] ?? 0)) * classes + (champion[row] ?? 0);
    table.set(cell, (table.get(cell) ?? 0) + 1);
  }
  const cells = [...table.keys()];
  const weights = [...table.values()];
  const drawn = new Float64Array(cells.length);
  const first = new Confusion(classes);
  const second = new Confusion(classes);
  return percentileInterval(options, () => {
    drawMultinomial(truth.length, weights, options.random, drawn);
    first.clear();
    second.clear();
    cells.forEach((cell, i) => {
      const actual = Math.floor(cell / classes / classes) - 1;
      first.add(actual, Math.floor(cell / classes) % classes, drawn[i] ?? 0);
      second.add(actual, cell % classes, drawn[i] ?? 0);
    });
    return first.f1() - second.f1();
  });
}

function percentileInterval({ confidence, samples }: BootstrapOptions, draw: () => number): Interval {
  const draws = Float64Array.from({ length: samples }, draw).sort();
  const tail = (1 - confidence) / 2;
  const low = Math.min(samples - 1, Math.floor(tail * samples));
  return { low: draws[low] ?? Number.NaN, high: draws[samples - 1 - low] ?? Number.NaN, confidence };
}

/** A confusion matrix that is filled again and again. */
class Confusion {
  private readonly rows: Float64Array[];
  private readonly guessed: Float64Array;

  constructor(classes: number) {
    this.rows = Array.from({ length: classes }, () => new Float64Array(classes));
    this.guessed = new Float64Array(classes);
  }

  clear(): void {
    for (const row of this.rows) row.fill(0);
    this.guessed.fill(0);
  }

  add(actual: number, guess: number, count: number): void {
    this.guessed[guess] = (this.guessed[guess] ?? 0) + count;
    const row = this.rows[actual];
    if (row) row[guess] = (row[guess] ?? 0) + count;
  }

  f1(): number {
    return macroF1(this.rows, this.guessed);
  }
}
