import { kindNamed } from '#features/kinds';
import { parseUrl } from '#features/url';
import { contentId, ID_SPACES } from './event-id.js';
import { feedbackRecord } from './feedback-record.js';
import type { Reading } from './reading.js';
import { type FeedbackRecord, type Fields, Rejected, shown } from './record.js';
import { readStatus } from './result.js';
import { type ModelRules, matchAction, matchLabel, modelRules } from './rules.js';

/** Columns that are the row's own and never features. */
const OWN = new Set(['task_id', 'model']);
/** Those that say what was done and how it went. */
const ACTION_COLUMNS: ReadonlySet<string> = new Set(['type', 'status']);
const AUTHORITY = new Set(['pa', 'da']);

/** A cell as the model's definition reads the feature; columns it does not know stay text. */
function readCell(cell: string, name: string, rules: ModelRules): string | number | boolean {
  const authority = AUTHORITY.has(name);
  const kind = authority ? 'numeric' : rules.features.get(name);
  if (kind === undefined) return cell;
  const { expected, read } = kindNamed(kind).cell;
  const value = read(cell);
  if (value === null) throw new Rejected('wrong-type', name, `expected ${expected} got ${shown(cell)}`);
  if (authority && (Number(value) < 0 || Number(value) > 100))
    throw new Rejected('out-of-range', name, `expected 0 to 100, got ${value}`);
  return value;
}

function cell(fields: Fields, name: string): string {
  const value = fields[name];
  return typeof value === 'string' ? value.trim() : '';
}

function requiredCell(fields: Fields, name: string): string {
  const value = cell(fields, name);
  if (value === '') throw new Rejected('missing-field', name, `expected a value in the column "${name}"; it is empty`);
  return value;
}

function normalUrl(url: string): string {
  try {
    return new URL(url).href;
  } catch {
    return url;
  }
}

/** Rows have no task: one site and one action are one row of the dataset, whatever case they are written in. */
export function datasetTaskId(url: string, action: string): string {
  const normal = normalUrl(url);
  return `dataset:${contentId(ID_SPACES.dataset, Buffer.from(`${normal}\n${action}`))}`;
}

/** What a row says was done and how it went, or for a multi-class model the true class; with the columns that say so. */
interface Answer extends Pick<FeedbackRecord, 'action' | 'result' | 'label'> {
  readonly columns: ReadonlySet<string>;
}

/** The class is in the definition's label column, or in `type` as an export writes it. `status` means nothing then. */
function answerOf(fields: Fields, rules: ModelRules): Answer {
  if (rules.labelField !== null) {
    const own = rules.labelField.toLowerCase();
    const column = own in fields || !('type' in fields) ? own : 'type';
    const label = matchLabel(rules, requiredCell(fields, column), column);
    return { action: null, result: null, label, columns: new Set([column]) };
  }
  const action = matchAction(rules, requiredCell(fields, 'type'), 'type');
  return { action, result: readStatus(cell(fields, 'status'), 'status'), label: null, columns: ACTION_COLUMNS };
}

/** The address of the row's site. Only rows of a multi-class model may do without. */
function addressOf(fields: Fields, rules: ModelRules): string | null {
  if (rules.labelField !== null && cell(fields, 'url') === '') return null;
  const url = requiredCell(fields, 'url');
  if (parseUrl(url) === null)
    throw new Rejected('broken-url', 'url', `expected an address like https://example.org/page, got ${shown(url)}`);
  return url;
}

/**
 * Reads a row of an enriched dataset or of a raw export: cells by lower-case column name. A status that says nothing
 * yet (Pending, empty) makes an event without a result, which waits for its outcome. A row of a multi-class model needs
 * its label column and nothing else. Throws Rejected.
 */
export function readDatasetRow(fields: Fields, reading: Reading): FeedbackRecord {
  const rules = modelRules(reading.rules, cell(fields, 'model') || undefined, reading.model);
  if (cell(fields, 'url').toLowerCase() === 'url' && cell(fields, 'type').toLowerCase() === 'type')
    throw new Rejected('header-row', null, 'the header is there again');
  const url = addressOf(fields, rules);
  const { action, result, label, columns } = answerOf(fields, rules);
  const features: Fields = {};
  for (const column in fields) {
    const value = OWN.has(column) || columns.has(column) ? '' : cell(fields, column);
    const name = rules.spelling.get(column) ?? column;
    if (value !== '') features[name] = readCell(value, name, rules);
  }
  if (rules.known.saysNothing(features))
    throw new Rejected('missing-field', null, `expected a value for at least one feature: ${rules.known.someNames()}`);
  const id =
    cell(fields, 'task_id') || (url ? datasetTaskId(url, action ?? label ?? '') : `dataset:${reading.eventId}`);
  const details = label === null ? { status: cell(fields, 'status') } : {};
  return feedbackRecord('dataset', reading, rules, id, null, { action, result, label, features, details });
}
