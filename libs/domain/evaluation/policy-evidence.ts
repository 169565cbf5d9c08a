import type { LoggedDecisions } from './logged-decisions.js';
import type { ExpectedFailures } from './outcome-model.js';

/** A group in which fewer rows match either policy than this is pooled with the others like it. */
const FEW_MATCHES = 10;

/** Rows on which the two policies choose the same pair of actions. */
export interface Stratum {
  readonly rows: number;
  /** Whether the pair is of two different actions, for any of them. */
  readonly changed: boolean;
  readonly challenger: StratumRate;
  readonly baseline: StratumRate;
}

export interface StratumRate {
  /** Rows whose executed action is the one the policy chooses. */
  readonly matched: number;
  readonly failureRate: number;
}

export interface Evidence {
  /** Rows the estimate could be made of: weight above 0, in groups both policies have matches in. */
  readonly rows: number;
  /** Share of the weighted-in rows whose group had too few matches. */
  readonly unsupported: number;
  /** Share of the weighted-in rows on which the two choose differently. */
  readonly changed: number;
  /** Rows of those that the estimate could be made of. */
  readonly changedRows: number;
  readonly challenger: number;
  readonly baseline: number;
  /** Kish's, on changed decisions, for the policy that has fewer; on all of them where there is no champion. */
  readonly effectiveSamples: number;
  /** Of these, as many as failed, or did not, whichever are fewer; for the policy that has fewer. */
  readonly rarerOutcomes: number;
  /** Of the two failure rates, by the rows' influences on them. */
  readonly covariance: { readonly challenger: number; readonly baseline: number; readonly both: number };
  readonly strata: readonly Stratum[];
}

/** One policy's sums, by stratum. */
interface Sums {
  readonly action: Int32Array;
  readonly expected: Float64Array | null;
  readonly matched: Float64Array;
  readonly weight: Float64Array;
  /** Weighted failures beyond what was expected. */
  readonly residual: Float64Array;
  readonly expectedTotal: Float64Array;
}

/**
 * Groups rows by what both policies choose there, and estimates both policies' failure rates from the groups:
 *
 *     F_g = mean of q over g + Σ w·(failed − q) / Σ w   over the rows of g whose executed action is the one chosen
 *
 * weighing the groups by all their rows. With q = 0 that is the self-normalised, post-stratified average.
 *
 * @param weights of each row; 0 leaves it out
 * @param expected q of the doubly robust estimate; null for 0
 */
export function gatherEvidence(
  rows: LoggedDecisions,
  weights: Float64Array,
  expected: ExpectedFailures | null,
): Evidence {
  const { strata: of, count, used, changed, changedStrata } = stratify(rows, weights);
  const sums = (action: Int32Array, q: Float64Array | null | undefined): Sums => ({
    action,
    expected: q ?? null,
    matched: new Float64Array(count),
    weight: new Float64Array(count),
    residual: new Float64Array(count),
    expectedTotal: new Float64Array(count),
  });
  const challenger = sums(rows.challenger.action, expected?.challenger);
  const baseline = sums(rows.champion?.action ?? rows.executed, expected?.champion);
  const sizes = new Float64Array(count);
  let supported = 0;
  for (let row = 0; row < of.length; row++) {
    const g = of[row] ?? -1;
    if (g < 0) continue;
    supported++;
    sizes[g] = (sizes[g] ?? 0) + 1;
    const weight = weights[row] ?? 0;
    addRow(challenger, rows, row, g, weight);
    addRow(baseline, rows, row, g, weight);
  }
  const rates = { challenger: ratesOf(challenger, sizes), baseline: ratesOf(baseline, sizes) };
  const total = {
    challenger: weighted(rates.challenger, sizes, supported),
    baseline: weighted(rates.baseline, sizes, supported),
  };
  const squares = { challenger: 0, baseline: 0, both: 0 };
  let changedRows = 0;
  const matchedOutcomes: Record<'challenger' | 'baseline', [number, number]> = { challenger: [0, 0], baseline: [0, 0] };
  const kish = { challenger: 0, baseline: 0, share: { challenger: 0, baseline: 0 } };
  for (let row = 0; row < of.length; row++) {
    const g = of[row] ?? -1;
    if (g < 0) continue;
    const size = sizes[g] ?? 0;
    const first = influence(challenger, rates.challenger, total.challenger, rows, row, g, size, weights[row] ?? 0);
    const second = influence(baseline, rates.baseline, total.baseline, rows, row, g, size, weights[row] ?? 0);
    squares.challenger += first * first;
    squares.baseline += second * second;
    squares.both += first * second;
    if (rows.champion !== null && rows.champion.action[row] === rows.challenger.action[row]) continue;
    changedRows++;
    if (rows.executed[row] === challenger.action[row]) {
      matchedOutcomes.challenger[rows.failed[row] === 1 ? 1 : 0]++;
      const share = ((size / supported) * (weights[row] ?? 0)) / (challenger.weight[g] ?? 1);
      kish.challenger += share * share;
      kish.share.challenger += share;
    }
    if (rows.executed[row] === baseline.action[row]) {
      matchedOutcomes.baseline[rows.failed[row] === 1 ? 1 : 0]++;
      const share = ((size / supported) * (weights[row] ?? 0)) / (baseline.weight[g] ?? 1);
      kish.baseline += share * share;
      kish.share.baseline += share;
    }
  }
  const effective = (policy: 'challenger' | 'baseline') =>
    kish[policy] > 0 ? kish.share[policy] ** 2 / kish[policy] : 0;
  const perRow = supported > 0 ? supported ** 2 : 1;
  return {
    rows: supported,
    unsupported: used === 0 ? 1 : (used - supported) / used,
    changed: used === 0 ? 0 : changed / used,
    changedRows,
    challenger: total.challenger,
    baseline: total.baseline,
    effectiveSamples: Math.min(effective('challenger'), effective('baseline')),
    rarerOutcomes: Math.min(...matchedOutcomes.challenger, ...matchedOutcomes.baseline),
    covariance: {
      challenger: squares.challenger / perRow,
      baseline: squares.baseline / perRow,
      both: squares.both / perRow,
    },
    strata: Array.from({ length: count }, (_, g) => ({
      rows: sizes[g] ?? 0,
      changed: changedStrata[g] === 1,
      challenger: { matched: challenger.matched[g] ?? 0, failureRate: rates.challenger.total[g] ?? 0 },
      baseline: { matched: baseline.matched[g] ?? 0, failureRate: rates.baseline.total[g] ?? 0 },
    })).filter((stratum) => stratum.rows > 0),
  };
}

/** Which stratum each row is in; -1 for one that is left out, or whose group has too few matches. */
function stratify(rows: LoggedDecisions, weights: Float64Array) {
  const { executed, challenger, champion } = rows;
  let most = -1;
  for (const action of challenger.action) if (action > most) most = action;
  if (champion) for (const action of champion.action) if (action > most) most = action;
  // -1 is a choice, too.
  const choices = most + 2;
  const cells = champion === null ? choices : choices * choices;
  const matchedFirst = new Float64Array(cells);
  const matchedSecond = new Float64Array(cells);
  const cellOf = new Int32Array(executed.length).fill(-1);
  let used = 0;
  let changed = 0;
  for (let row = 0; row < executed.length; row++) {
    if (!((weights[row] ?? 0) > 0)) continue;
    used++;
    const mine = challenger.action[row] ?? -1;
    const theirs = champion === null ? (executed[row] ?? -1) : (champion.action[row] ?? -1);
    const cell = champion === null ? mine + 1 : (theirs + 1) * choices + mine + 1;
    cellOf[row] = cell;
    if (mine !== theirs) changed++;
    if (executed[row] === mine) matchedFirst[cell] = (matchedFirst[cell] ?? 0) + 1;
    if (executed[row] === theirs) matchedSecond[cell] = (matchedSecond[cell] ?? 0) + 1;
  }
  const enough = (first: number, second: number) => first >= FEW_MATCHES && second >= FEW_MATCHES;
  const pooled = cells;
  const stratumOf = new Int32Array(cells);
  let [first, second] = [0, 0];
  for (let cell = 0; cell < cells; cell++) {
    const large = enough(matchedFirst[cell] ?? 0, matchedSecond[cell] ?? 0);
    stratumOf[cell] = large ? cell : pooled;
    if (large) continue;
    first += matchedFirst[cell] ?? 0;
    second += matchedSecond[cell] ?? 0;
  }
  if (!enough(first, second))
    for (let cell = 0; cell < cells; cell++) if (stratumOf[cell] === pooled) stratumOf[cell] = -1;
  const changedStrata = new Uint8Array(cells + 1);
  const strata = cellOf.map((cell) => (cell < 0 ? -1 : (stratumOf[cell] ?? -1)));
  for (let cell = 0; cell < cells; cell++) {
    const stratum = stratumOf[cell] ?? -1;
    const alike = champion !== null && Math.floor(cell / choices) === cell % choices;
    if (stratum >= 0 && !alike) changedStrata[stratum] = 1;
  }
  return { strata, count: cells + 1, used, changed, changedStrata };
}

function addRow(sums: Sums, rows: LoggedDecisions, row: number, g: number, weight: number): void {
  const q = sums.expected?.[row] ?? 0;
  sums.expectedTotal[g] = (sums.expectedTotal[g] ?? 0) + q;
  if (rows.executed[row] !== sums.action[row]) return;
  sums.matched[g] = (sums.matched[g] ?? 0) + 1;
  sums.weight[g] = (sums.weight[g] ?? 0) + weight;
  sums.residual[g] = (sums.residual[g] ?? 0) + weight * ((rows.failed[row] ?? 0) - q);
}

interface Rates {
  /** What the matched rows failed more often than was expected of them. */
  readonly correction: Float64Array;
  readonly total: Float64Array;
}

function ratesOf(sums: Sums, sizes: Float64Array): Rates {
  const correction = sums.residual.map((residual, g) =>
    (sums.weight[g] ?? 0) > 0 ? residual / (sums.weight[g] ?? 1) : 0,
  );
  const total = correction.map((more, g) =>
    (sizes[g] ?? 0) > 0 ? (sums.expectedTotal[g] ?? 0) / (sizes[g] ?? 1) + more : 0,
  );
  return { correction, total };
}

function weighted({ total }: Rates, sizes: Float64Array, rows: number): number {
  return rows === 0 ? 0 : total.reduce((sum, rate, g) => sum + rate * (sizes[g] ?? 0), 0) / rows;
}

/** What a row adds to the error of the policy's failure rate, times the number of rows. */
function influence(
  sums: Sums,
  rates: Rates,
  mean: number,
  rows: LoggedDecisions,
  row: number,
  g: number,
  size: number,
  weight: number,
): number {
  const believed = (sums.expected?.[row] ?? 0) + (rates.correction[g] ?? 0);
  const own = believed - mean;
  if (rows.executed[row] !== sums.action[row]) return own;
  const matched = sums.matched[g] ?? 0;
  // Ten rows without a failure do not make failing impossible: residuals are taken from a rate with one imagined failure
  // and one imagined success more. And they are a little too small for their number; m/(m−1) makes up for it.
  const expected = (believed * matched + 1) / (matched + 2);
  const correction = Math.sqrt(matched / Math.max(1, matched - 1));
  return own + ((size * weight) / (sums.weight[g] ?? 1)) * correction * ((rows.failed[row] ?? 0) - expected);
}
