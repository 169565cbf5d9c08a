import type { FeedbackKind, Fields } from './record.js';
import type { ModelRules } from './rules.js';

const INTEGERS = new Set(['retry_count']);
const NUMBERS = new Set(['execution_time', 'pa', 'da', 'ai_confidence']);
const BOOLEANS = new Set(['ai_correct', 'ai_would_have_succeeded']);
const OBJECTS = new Set(['features', 'site']);
const NUMERIC = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Names to read columns under, by the names that they have in the file; both as {@link comparable} gives them. */
export type Renames = ReadonlyMap<string, string>;

/** A column's name as it is compared: lower case, without white space or a byte-order mark. */
export const comparable = (name: string): string =>
  name
    .replace(/^\uFEFF/, '')
    .trim()
    .toLowerCase();

/** @param pairs `tenure=months,chanel=channel`: what a column is called, and what it is read as */
export const renamesOf = (pairs: string): Renames =>
  new Map(
    pairs
      .split(',')
      .filter((pair) => pair !== '')
      .map((pair): [string, string] => {
        const [column = '', as = ''] = pair.split('=');
        return [comparable(column), comparable(as)];
      }),
  );

/** The names that columns are read under. */
export const columnNames = (header: readonly string[], renames: Renames = new Map()): string[] =>
  header.map(comparable).map((name) => renames.get(name) ?? name);

/** The names in a header with a quote that is not closed: it is a header all the same. */
export const looseHeader = (text: string, delimiter: Delimiter, renames?: Renames): string[] =>
  columnNames(text.replaceAll('"', '').split(delimiter), renames);

function typed(name: string, cell: string): unknown {
  if (INTEGERS.has(name) || NUMBERS.has(name)) return NUMERIC.test(cell) ? Number(cell) : cell;
  if (BOOLEANS.has(name)) {
    const word = cell.toLowerCase();
    return word === 'true' || word === '1' ? true : word === 'false' || word === '0' ? false : cell;
  }
  if (OBJECTS.has(name)) {
    try {
      return JSON.parse(cell);
    } catch {
      return cell;
    }
  }
  return cell;
}

/**
 * A CSV row as the fields of a log line: empty cells are absent, numbers are numbers. What does not read stays text, so
 * that the reader rejects it by name.
 */
export function logFields(columns: readonly string[], cells: readonly string[]): Fields {
  const fields: Fields = {};
  columns.forEach((name, i) => {
    const cell = (cells[i] ?? '').trim();
    if (name !== '' && cell !== '') fields[name] = typed(name, cell);
  });
  return fields;
}

/** A CSV row as the cells of a dataset, by column name. */
export function datasetFields(columns: readonly string[], cells: readonly string[]): Fields {
  const fields: Fields = {};
  columns.forEach((name, i) => {
    if (name !== '') fields[name] = cells[i] ?? '';
  });
  return fields;
}

/** Whether a row repeats the header, which files glued together do. */
export function isHeader(columns: readonly string[], cells: readonly string[], renames?: Renames): boolean {
  return columnNames(cells, renames).every((name, i) => name === columns[i]);
}

/** What a row's id is made of: names and trimmed values by name, so that the order of columns does not matter. */
export function rowIdentity(columns: readonly string[], cells: readonly string[]): Buffer {
  const pairs = columns
    .map((name, i): [string, string] => [name, (cells[i] ?? '').trim()])
    .filter(([name, cell]) => name !== '' && cell !== '')
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Buffer.from(JSON.stringify(pairs));
}

/** What separates cells, in the order of preference where two are as likely. */
const DELIMITERS = [',', ';', '\t', '|'] as const;
export type Delimiter = (typeof DELIMITERS)[number];

/** What separates the cells of a header: what stands in it most often, outside of quotes. */
export function delimiterOf(header: string): Delimiter {
  const bare = header.replace(/"(?:[^"]|"")*"/g, '');
  const count = (mark: string): number => bare.split(mark).length - 1;
  return DELIMITERS.reduce((best, mark) => (count(mark) > count(best) ? mark : best), ',');
}

/** What kind of log a header belongs to; null for none. A model's label with one of its features is a dataset of it. */
export function kindOfHeader(columns: readonly string[], rules?: ModelRules): FeedbackKind | null {
  const has = (name: string): boolean => columns.includes(name);
  if (has('rule_based_action') && has('task_result')) return 'shadow';
  if (has('action_attempted') && has('result')) return 'automation';
  if (has('url') && has('type')) return 'dataset';
  if (!rules) return null;
  const answer = rules.labelField === null ? 'type' : rules.labelField.toLowerCase();
  return has(answer) && columns.some((column) => rules.spelling.has(column)) ? 'dataset' : null;
}
