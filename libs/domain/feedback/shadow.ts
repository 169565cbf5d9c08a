import { withDomain } from './automation.js';
import {
  assertStorable,
  boolean,
  count,
  isObject,
  number,
  object,
  others,
  requiredText,
  seconds,
  taskId,
  text,
} from './fields.js';
import type { Reading } from './reading.js';
import { type FeedbackRecord, type Fields, type Outcome, Rejected, shown } from './record.js';
import { readResult } from './result.js';
import { matchAction, modelRules } from './rules.js';
import { readTime } from './timestamp.js';

const KNOWN = new Set([
  'model',
  'timestamp',
  'task_id',
  'domain',
  'pa',
  'da',
  'site_type',
  'rule_based_action',
  'task_result',
  'execution_time',
  'retry_count',
  'site',
  'ai_probabilities',
]);
const RESULTS: readonly Outcome[] = ['success', 'failed', 'error'];

/** An object, or one as JSON in a text; a text that is not JSON is kept as it is, it only describes a suggestion. */
function probabilities(fields: Fields): unknown {
  const value = fields.ai_probabilities;
  if (value === undefined || value === null || isObject(value)) return value;
  if (typeof value !== 'string')
    throw new Rejected('wrong-type', 'ai_probabilities', `expected an object or a text, got ${shown(value)}`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    return value;
  }
  if (!isObject(parsed)) return value;
  assertStorable(parsed, 'ai_probabilities');
  return parsed;
}

/** What shadow lines say about the site, which is less certain than a `site` object of the same line. */
function siteOf(fields: Fields): Fields | null {
  const site = object(fields, 'site');
  const pa = number(fields, 'pa', 0, 100);
  const da = number(fields, 'da', 0, 100);
  const siteType = text(fields, 'site_type');
  const beside: Fields = {};
  if (pa !== null) beside.pa = pa;
  if (da !== null) beside.da = da;
  if (siteType !== null && siteType !== '') beside.site_type = siteType;
  const features = withDomain({ ...beside, ...site }, text(fields, 'domain'));
  return features === null || Object.keys(features).length === 0 ? null : features;
}

/**
 * Reads one line of shadow mode. The outcome belongs to what the rules executed; what the model suggested is kept
 * among the details and never becomes the action. Throws Rejected.
 */
export function readShadow(fields: Fields, reading: Reading): FeedbackRecord {
  const rules = modelRules(reading.rules, fields.model, reading.model);
  const id = taskId(fields, 'task_id');
  const action = matchAction(rules, requiredText(fields, 'rule_based_action'), 'rule_based_action');
  const result = readResult(requiredText(fields, 'task_result'), 'task_result', RESULTS);
  const time = readTime(fields.timestamp, 'timestamp', reading.now);
  text(fields, 'ai_predicted_action');
  text(fields, 'notes');
  number(fields, 'ai_confidence', -Number.MAX_VALUE, Number.MAX_VALUE);
  boolean(fields, 'ai_correct');
  boolean(fields, 'ai_would_have_succeeded');
  const suggested = probabilities(fields);
  const details = others(fields, KNOWN);
  return {
    eventId: reading.eventId,
    kind: 'shadow',
    model: rules.model,
    taskId: id,
    occurredAt: time ?? reading.receivedAt,
    timeSource: time === null ? 'received' : 'event',
    action: rules.labelField === null ? action : null,
    result: rules.labelField === null ? result : null,
    label: rules.labelField === null ? null : action,
    features: siteOf(fields),
    failureReason: null,
    executionTime: seconds(fields, 'execution_time'),
    retryCount: count(fields, 'retry_count'),
    predictionId: null,
    modelVersion: null,
    details: suggested === undefined || suggested === null ? details : { ...details, ai_probabilities: suggested },
  };
}
