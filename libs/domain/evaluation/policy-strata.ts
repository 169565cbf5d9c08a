import type { LoggedDecisions } from './logged-decisions.js';

/** A group in which fewer rows match either policy than this is pooled with the others like it. */
const FEW_MATCHES = 10;

export interface PolicyEvidence {
  readonly failureRate: number;
  readonly effectiveSamples: number;
  /** What each usable row adds to the estimate's error, times the number of rows. */
  readonly influence: Float64Array;
}

export interface Evidence {
  /** Rows the estimate could be made of: weight above 0, in groups both policies have matches in. */
  readonly rows: number;
  /** Share of the weighted-in rows whose group had too few matches. */
  readonly unsupported: number;
  /** Share of the weighted-in rows on which the two choose differently. */
  readonly changed: number;
  readonly challenger: PolicyEvidence;
  readonly baseline: PolicyEvidence;
}

/** Groups rows by what both policies choose there, and estimates both policies' failure rates from the groups. */
export function stratify(rows: LoggedDecisions, weight: (row: number) => number): Evidence {
  const usable: number[] = [];
  // Groups in the order of their first rows, by a number made of both choices; -1 is a choice, too.
  const groups = new Map<number, number[]>();
  for (let row = 0; row < rows.executed.length; row++) {
    if (!(weight(row) > 0)) continue;
    usable.push(row);
    const key =
      (rows.champion === null ? 0 : (rows.champion[row] ?? -1) + 1) * 2 ** 24 + (rows.challenger[row] ?? -1) + 1;
    const members = groups.get(key);
    if (members) members.push(row);
    else groups.set(key, [row]);
  }
  const matchesChallenger = (row: number) => rows.executed[row] === rows.challenger[row];
  const matchesBaseline = (row: number) => rows.champion === null || rows.executed[row] === rows.champion[row];
  const hasMatches = (members: readonly number[]) =>
    members.filter(matchesChallenger).length >= FEW_MATCHES && members.filter(matchesBaseline).length >= FEW_MATCHES;

  const large = [...groups.values()].filter(hasMatches);
  const pooled = [...groups.values()].filter((members) => !hasMatches(members)).flat();
  const supported = hasMatches(pooled) ? [...large, pooled] : large;
  const count = supported.reduce((sum, members) => sum + members.length, 0);
  const changed = usable.filter((row) => rows.challenger[row] !== (rows.champion ?? rows.executed)[row]).length;
  const share = (part: number) => (usable.length === 0 ? 0 : part / usable.length);
  return {
    rows: count,
    unsupported: usable.length === 0 ? 1 : share(usable.length - count),
    changed: share(changed),
    challenger: estimatePolicy(rows, supported, weight, matchesChallenger),
    baseline: estimatePolicy(rows, supported, weight, matchesBaseline),
  };
}

function estimatePolicy(
  rows: LoggedDecisions,
  groups: readonly (readonly number[])[],
  weight: (row: number) => number,
  matches: (row: number) => boolean,
): PolicyEvidence {
  const count = groups.reduce((sum, members) => sum + members.length, 0);
  const rates = groups.map((members) => groupRate(rows, members.filter(matches), weight));
  const failureRate = groups.reduce((sum, members, g) => sum + (members.length / count) * (rates[g]?.rate ?? 0), 0);
  const influence = new Float64Array(rows.executed.length);
  let squares = 0;
  groups.forEach((members, g) => {
    const { rate, expected, total, matched } = rates[g] ?? { rate: 0, expected: 0, total: 0, matched: 0 };
    // A sample's residuals are a little too small for its size; m/(m−1) makes up for it.
    const correction = Math.sqrt(matched / Math.max(1, matched - 1));
    for (const row of members) {
      influence[row] = rate - failureRate;
      if (!matches(row)) continue;
      const final = weight(row) / total;
      influence[row] += members.length * final * correction * ((rows.failed[row] ?? 0) - expected);
      squares += ((members.length / count) * final) ** 2;
    }
  });
  return { failureRate, effectiveSamples: squares > 0 ? 1 / squares : 0, influence };
}

function groupRate(rows: LoggedDecisions, matched: readonly number[], weight: (row: number) => number) {
  let total = 0;
  let failed = 0;
  for (const row of matched) {
    total += weight(row);
    failed += weight(row) * (rows.failed[row] ?? 0);
  }
  const rate = total > 0 ? failed / total : 0;
  // Ten rows without a failure do not make failing impossible: residuals are taken from a rate with one imagined
  // failure and one imagined success more, or the interval would be too narrow.
  const expected = (rate * matched.length + 1) / (matched.length + 2);
  return { rate, expected, total, matched: matched.length };
}
