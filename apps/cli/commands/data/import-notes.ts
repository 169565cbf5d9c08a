import type { FeatureTally, FileForm, ImportCounts, ImportProgress } from '#contracts/http/ingest';
import { count, plural } from '../../output/quantities.js';

export type Rejection = ImportProgress['rejections'][number];

const DELIMITERS = { ',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'bar' } as const;
/** Absent features named one by one at most. */
const NAMED = 12;

const meant = (closest: string | null): string => (closest === null ? '' : `; did you mean "${closest}"?`);

/** What there is to say of a file's form and columns, before its rows are taken. */
export function columnLines(name: string, file: FileForm): string[] {
  const form = [
    ...(file.compression === null ? [] : [file.compression]),
    ...(file.encoding === 'utf-8' ? [] : [file.encoding]),
    ...(file.delimiter === null || file.delimiter === ',' ? [] : [`cells separated by ${DELIMITERS[file.delimiter]}`]),
  ];
  const { absent_columns: absent } = file;
  const more = absent.length > NAMED ? `, … ${absent.length - NAMED} more` : '';
  return [
    ...(form.length > 0 ? [`${name} is read as ${form.join(', ')}`] : []),
    ...file.unknown_columns.map(
      ({ column, closest }) => `${name}: column "${column}" is no feature, and is not learnt from${meant(closest)}`,
    ),
    ...(absent.length > 0
      ? [`${name}: no column for ${absent.slice(0, NAMED).join(', ')}${more}: missing in every row`]
      : []),
  ];
}

/** Features of events that counted as missing, a line each. */
export const featureLines = (features: readonly FeatureTally[]): string[] =>
  features.map(({ feature, problem, rows, closest, detail }) =>
    problem === 'unknown'
      ? `unknown feature "${feature}" in ${plural(rows, 'row')}${meant(closest)}`
      : `feature "${feature}" cannot be read in ${plural(rows, 'row')}: ${detail}`,
  );

/** Why nothing of a file was taken; null if something was, now or before. */
export function nothingTaken(counts: ImportCounts, example: Rejection | null): string | null {
  if (counts.read > counts.rejected) return null;
  if (counts.read === 0) return 'Nothing was taken: there is no row in it.';
  const [reason = '', n = 0] = Object.entries(counts.rejected_by_reason).sort(([, a], [, b]) => b - a)[0] ?? [];
  const first =
    example === null ? '' : `; line ${example.line}: ${example.field ? `${example.field}: ` : ''}${example.detail}`;
  return `Nothing was taken: ${plural(counts.rejected, 'row')} rejected, ${count(n)} as ${reason}${first}`;
}
