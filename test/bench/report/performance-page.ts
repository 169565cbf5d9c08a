import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { REPOSITORY } from '../../../deploy/local/repository.js';
import { COMPARED, COMPARISONS, type Comparison } from './comparisons.js';

/** Path below docs/ of the page whose marked part is generated; the rest is written by people. */
export const PERFORMANCE_PAGE = 'performance.md';

const Result = z.looseObject({
  figures: z.record(z.string(), z.number()),
  ratios: z.record(z.string(), z.unknown()).optional(),
  spread: z.record(z.string(), z.array(z.number()).length(2)).optional(),
});
type Result = z.infer<typeof Result>;

/** A line of the table; null for a figure that its committed result does not have. */
export interface Line extends Comparison {
  readonly value: number | null;
  readonly spread: readonly number[] | null;
  readonly holds: boolean | null;
}

export function committedResults(): Map<string, Result> {
  const results = new Map<string, Result>();
  for (const name of COMPARED) {
    const file = join(REPOSITORY, 'test/bench/results', `${name}.json`);
    if (existsSync(file)) results.set(name, Result.parse(JSON.parse(readFileSync(file, 'utf8'))));
  }
  return results;
}

export function comparisonLines(results: ReadonlyMap<string, Result>): Line[] {
  return COMPARISONS.map((comparison) => {
    const { benchmark, name, wanted } = comparison;
    const result = results.get(benchmark);
    const found = result?.ratios?.[name] ?? result?.figures[name];
    const value = typeof found === 'number' ? found : null;
    const [side, limit] = wanted;
    const holds = value === null ? null : side === '≥' ? value >= limit : value <= limit;
    return { ...comparison, value, spread: result?.spread?.[name] ?? null, holds };
  });
}

const digits = (value: number): string =>
  Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));

const withUnit = (value: number, unit: Comparison['unit']): string =>
  unit === '×' ? digits(value) : `${digits(value)} ${unit}`;

/** What was measured, between what its rounds lay, what is wanted, and whether that holds. */
export function cellsOf({ value, spread, unit, wanted: [side, limit], holds }: Line): [string, string, string, string] {
  return [
    value === null ? 'not measured yet' : withUnit(value, unit),
    spread === null ? '' : spread.map(digits).join(' to '),
    `${side} ${withUnit(limit, unit)}`,
    holds === null ? '' : holds ? 'yes' : 'no',
  ];
}

function table(lines: readonly Line[]): string {
  return [
    '| what | measured | rounds | wanted | holds | by |',
    '|---|---|---|---|---|---|',
    ...lines.map((line) => `| ${line.what} | ${cellsOf(line).join(' | ')} | \`npm run bench -- ${line.benchmark}\` |`),
  ].join('\n');
}

/** The page with its table written anew. */
export function performancePage(): string {
  const page = readFileSync(join(REPOSITORY, 'docs', PERFORMANCE_PAGE), 'utf8');
  const [begin, end] = ['<!-- generated: comparisons -->\n\n', '\n\n<!-- end -->'];
  const [before, rest] = page.split(begin);
  const after = rest?.slice(rest.indexOf(end));
  if (before === undefined || after === undefined) throw new Error(`docs/${PERFORMANCE_PAGE} has no marked table`);
  return `${before}${begin}${table(comparisonLines(committedResults()))}${after}`;
}
