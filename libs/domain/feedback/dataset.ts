import { parseUrl } from '../encoding/url.js';
import { contentId, ID_SPACES } from './event-id.js';
import type { Reading } from './reading.js';
import { type FeedbackRecord, type Fields, Rejected, shown } from './record.js';
import { readStatus } from './result.js';
import { type ModelRules, matchAction, matchLabel, modelRules } from './rules.js';

const NUMERIC = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const TRUE = new Set(['1', 'true', 'yes']);
const FALSE = new Set(['0', 'false', 'no']);
/** Columns that are the row's own and not features of the site. */
const OWN = new Set(['type', 'status', 'task_id', 'model']);
const AUTHORITY = new Set(['pa', 'da']);

function readNumericCell(cell: string, name: string): number {
  const value = NUMERIC.test(cell) ? Number(cell) : Number.NaN;
  if (!Number.isFinite(value)) throw new Rejected('wrong-type', name, `expected a number, got ${shown(cell)}`);
  if (AUTHORITY.has(name) && (value < 0 || value > 100))
    throw new Rejected('out-of-range', name, `expected 0 to 100, got ${value}`);
  return value;
}

/** A cell as the model's definition reads the feature; columns it does not know stay text. */
function readCell(cell: string, name: string, rules: ModelRules): string | number | boolean {
  const kind = AUTHORITY.has(name) ? 'numeric' : rules.features.get(name);
  if (kind === 'numeric') return readNumericCell(cell, name);
  if (kind !== 'boolean') return cell;
  const word = cell.toLowerCase();
  if (TRUE.has(word)) return true;
  if (FALSE.has(word)) return false;
  throw new Rejected('wrong-type', name, `expected true, false, 1 or 0; got ${shown(cell)}`);
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

/**
 * Reads a row of an enriched dataset or of a raw export: cells by lower-case column name. A status that says nothing
 * yet (Pending, empty) makes an event without a result, which waits for its outcome. Throws Rejected.
 */
export function readDatasetRow(fields: Fields, reading: Reading): FeedbackRecord {
  const rules = modelRules(reading.rules, cell(fields, 'model') || undefined, reading.model);
  if (cell(fields, 'url').toLowerCase() === 'url' && cell(fields, 'type').toLowerCase() === 'type')
    throw new Rejected('header-row', null, 'the header is there again');
  const url = requiredCell(fields, 'url');
  if (parseUrl(url) === null)
    throw new Rejected('broken-url', 'url', `expected an address like https://example.org/page, got ${shown(url)}`);
  const type = requiredCell(fields, 'type');
  const answer = rules.labelField === null ? matchAction(rules, type, 'type') : matchLabel(rules, type, 'type');
  const result = readStatus(cell(fields, 'status'), 'status');
  const features: Fields = {};
  for (const name in fields) {
    const value = OWN.has(name) ? '' : cell(fields, name);
    if (value !== '') features[name] = readCell(value, name, rules);
  }
  return {
    eventId: reading.eventId,
    kind: 'dataset',
    model: rules.model,
    taskId: cell(fields, 'task_id') || datasetTaskId(url, answer),
    occurredAt: reading.receivedAt,
    timeSource: 'received',
    action: rules.labelField === null ? answer : null,
    result: rules.labelField === null ? result : null,
    label: rules.labelField === null ? null : answer,
    features,
    failureReason: null,
    executionTime: null,
    retryCount: null,
    predictionId: null,
    modelVersion: null,
    details: { status: cell(fields, 'status') },
  };
}
