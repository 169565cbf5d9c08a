import type { Interval } from '#contracts/events/evaluation';
import { drawMultinomial } from '../statistics/binomial.js';
import { normalCdf, twoSidedStudentQuantile } from '../statistics/normal.js';
import type { Random } from '../statistics/random.js';
import { macroF1 } from './metrics.js';
import { type PairedCounts, rowsOf } from './paired.js';

export interface BootstrapOptions {
  readonly confidence: number;
  readonly samples: number;
  readonly random: Random;
}

/** Rows imagined in each cell of differing answers. */
const IMAGINED = 1;

/**
 * Paired bootstrap interval of the accuracy difference (percentile method, Efron 1979). Drawing rows with replacement
 * only changes how many rows fall into the four cells of `counts`, and those are multinomial: so the cells are drawn,
 * not the rows, and a million rows cost as much as forty. One row more is imagined on which only the one is right, and one on which only
 * the other is (Bonett & Price 2012, "Adjusted Wald confidence interval for a difference of binomial proportions based on paired data"):
 * else a handful of differing rows would be taken for all there are.
 */
export function accuracyDifferenceInterval(counts: PairedCounts, options: BootstrapOptions): Interval {
  const rows = rowsOf(counts);
  const never = counts.onlyChallenger + counts.onlyChampion === 0;
  const imagined = never ? 0 : IMAGINED;
  const cells = [
    counts.onlyChallenger + imagined,
    counts.onlyChampion + imagined,
    Math.max(0, counts.both + counts.neither - 2 * imagined),
  ];
  const drawn = new Float64Array(cells.length);
  return percentileInterval(options, counts.onlyChallenger + counts.onlyChampion, () => {
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
  const differing = differingRows(table, classes);
  if (differing > 0) imagineDifferences(table, classes);
  const cells = [...table.keys()];
  const weights = [...table.values()];
  const drawn = new Float64Array(cells.length);
  const first = new Confusion(classes);
  const second = new Confusion(classes);
  return percentileInterval(options, differing, () => {
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

function differingRows(table: ReadonlyMap<number, number>, classes: number): number {
  let rows = 0;
  for (const [cell, count] of table) if (Math.floor(cell / classes) % classes !== cell % classes) rows += count;
  return rows;
}

/** As above: a row for each true class, spread over all pairs of different answers. */
function imagineDifferences(table: Map<number, number>, classes: number): void {
  const each = IMAGINED / (classes * (classes - 1));
  for (let truth = 0; truth < classes; truth++)
    for (let first = 0; first < classes; first++)
      for (let second = 0; second < classes; second++) {
        if (first === second) continue;
        const cell = ((truth + 1) * classes + first) * classes + second;
        table.set(cell, (table.get(cell) ?? 0) + each);
      }
}

/**
 * The percentile interval, expanded (Hesterberg 2015, "What teachers should know about the bootstrap", section 5.3): the spread of n
 * drawn rows is too small by √((n−1)/n), and known no better than Student's distribution says. Of B draws the k-th from either end
 * with k = (B + 1)·tail is taken (Davison & Hinkley 1997, section 5.2).
 *
 * @param differing rows on which the two models differ: all that the difference is made of
 */
function percentileInterval(
  { confidence, samples }: BootstrapOptions,
  differing: number,
  draw: () => number,
): Interval {
  const draws = Float64Array.from({ length: samples }, draw).sort();
  const n = Math.max(2, differing);
  const tail = normalCdf(-Math.sqrt(n / (n - 1)) * twoSidedStudentQuantile(confidence, n - 1));
  const low = Math.min(samples - 1, Math.max(0, Math.floor(tail * (samples + 1)) - 1));
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
