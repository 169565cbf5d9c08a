import { feedbackRecord } from './feedback-record.js';
import { isObject, others, required, taskId, text } from './fields.js';
import type { Reading } from './reading.js';
import { type FeedbackRecord, type Fields, type Outcome, Rejected, shown } from './record.js';
import { readResult, readStatus } from './result.js';
import { matchAction, modelRules } from './rules.js';
import { readTime } from './timestamp.js';

const KNOWN = new Set(['created_at', 'task', 'success', 'model']);

/** Runs a reader on an object inside the record, so that a rejection names the field with its path. */
function inside<T>(fields: Fields, name: string, read: (inner: Fields) => T): T {
  const inner = required(fields, name);
  if (!isObject(inner)) throw new Rejected('wrong-type', name, `expected an object, got ${shown(inner)}`);
  try {
    return read(inner);
  } catch (error) {
    if (error instanceof Rejected) throw new Rejected(error.reason, `${name}.${error.field}`, error.detail);
    throw error;
  }
}

/** pa and da, which may arrive as text. */
function authority(fields: Fields, name: string): number | null {
  const value = fields[name];
  if (value === undefined || value === null || value === '') return null;
  const number = typeof value === 'string' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number))
    throw new Rejected('wrong-type', name, `expected a number, got ${shown(value)}`);
  if (number < 0 || number > 100) throw new Rejected('out-of-range', name, `expected 0 to 100, got ${number}`);
  return number;
}

function siteOf(backlink: Fields): Fields | null {
  const site: Fields = {};
  for (const name of ['url', 'site_type']) {
    const value = text(backlink, name);
    if (value !== null && value !== '') site[name] = value;
  }
  for (const name of ['pa', 'da']) {
    const value = authority(backlink, name);
    if (value !== null) site[name] = value;
  }
  return Object.keys(site).length === 0 ? null : site;
}

/** The flag of a record whose task has no status. */
function flagOf({ success }: Fields): Outcome | null {
  if (success === undefined || success === null) return null;
  if (success === true || success === 1) return 'success';
  if (success === false || success === 0) return 'failed';
  if (typeof success !== 'string')
    throw new Rejected('wrong-type', 'success', `expected true or false, got ${shown(success)}`);
  const word = success.trim().toLowerCase();
  if (word === 'true' || word === '1') return 'success';
  if (word === 'false' || word === '0') return 'failed';
  return readResult(success, 'success', ['success', 'failed']);
}

/** Reads one record of the historical API. Throws Rejected. */
export function readHistorical(fields: Fields, reading: Reading): FeedbackRecord {
  const rules = modelRules(reading.rules, fields.model, reading.model);
  const { id, action, failure, status } = inside(fields, 'task', (task) => {
    const type = text(task, 'type');
    if (type === null || type.trim() === '') throw new Rejected('missing-field', 'type', '"type" is empty or missing');
    return {
      id: taskId(task, 'id'),
      action: matchAction(rules, type, 'type'),
      failure: text(task, 'error_message'),
      status: text(task, 'status') ?? '',
    };
  });
  // The task's own status says it best.
  const result = status.trim() === '' ? flagOf(fields) : readStatus(status, 'task.status');
  const { backlink } = fields;
  const features = backlink === undefined || backlink === null ? null : inside(fields, 'backlink', siteOf);
  const time = readTime(fields.created_at, 'created_at', reading.now);
  return feedbackRecord('historical', reading, rules, id, time, {
    action: rules.labelField === null ? action : null,
    result: rules.labelField === null ? result : null,
    label: rules.labelField === null ? null : action,
    features,
    failureReason: failure,
    details: others(fields, KNOWN),
  });
}
