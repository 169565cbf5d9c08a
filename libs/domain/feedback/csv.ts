import type { FeedbackKind, Fields } from './record.js';

const INTEGERS = new Set(['retry_count']);
const NUMBERS = new Set(['execution_time', 'pa', 'da', 'ai_confidence']);
const BOOLEANS = new Set(['ai_correct', 'ai_would_have_succeeded']);
const OBJECTS = new Set(['site']);
const NUMERIC = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Column names as they are compared: lower case, without white space or a byte-order mark. */
export function columnNames(header: readonly string[]): string[] {
  return header.map((name) =>
    name
      .replace(/^\uFEFF/, '')
      .trim()
      .toLowerCase(),
  );
}

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
export function isHeader(columns: readonly string[], cells: readonly string[]): boolean {
  return columnNames(cells).every((name, i) => name === columns[i]);
}

/** What a row's id is made of: names and trimmed values by name, so that the order of columns does not matter. */
export function rowIdentity(columns: readonly string[], cells: readonly string[]): Buffer {
  const pairs = columns
    .map((name, i): [string, string] => [name, (cells[i] ?? '').trim()])
    .filter(([name, cell]) => name !== '' && cell !== '')
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Buffer.from(JSON.stringify(pairs));
}

/** What kind of log a header belongs to; null for none. */
export function kindOfHeader(columns: readonly string[]): FeedbackKind | null {
  const has = (name: string): boolean => columns.includes(name);
  if (has('rule_based_action') && has('task_result')) return 'shadow';
  if (has('action_attempted') && has('result')) return 'automation';
  return has('url') && has('type') ? 'dataset' : null;
}
