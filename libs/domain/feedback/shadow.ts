import { assertWithin, ForeignJsonError } from '../foreign/json.js';
import { withDomain } from './automation.js';
import { readFeatures } from './features.js';
import { feedbackRecord } from './feedback-record.js';
import { boolean, count, isObject, number, others, requiredText, seconds, taskId, text } from './fields.js';
import type { Reading } from './reading.js';
import { type FeedbackRecord, type Fields, type Outcome, Rejected, shown } from './record.js';
import { readResult } from './result.js';
import { type ModelRules, matchAction, modelRules } from './rules.js';
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
  'features',
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
  try {
    assertWithin({ ai_probabilities: parsed });
  } catch (error) {
    if (!(error instanceof ForeignJsonError)) throw error;
    throw new Rejected(error.problem, error.field ?? 'ai_probabilities', error.message);
  }
  return parsed;
}

/** What shadow lines say about the site beside its features, which is less certain than these. */
function featuresOf(fields: Fields, rules: ModelRules, reading: Reading): Fields | null {
  const said = readFeatures(fields, rules, reading);
  const pa = number(fields, 'pa', 0, 100);
  const da = number(fields, 'da', 0, 100);
  const siteType = text(fields, 'site_type');
  const beside: Fields = {};
  if (pa !== null) beside.pa = pa;
  if (da !== null) beside.da = da;
  if (siteType !== null && siteType !== '') beside.site_type = siteType;
  const features = withDomain({ ...beside, ...said }, text(fields, 'domain'));
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
  return feedbackRecord('shadow', reading, rules, id, time, {
    action: rules.labelField === null ? action : null,
    result: rules.labelField === null ? result : null,
    label: rules.labelField === null ? null : action,
    features: featuresOf(fields, rules, reading),
    executionTime: seconds(fields, 'execution_time'),
    retryCount: count(fields, 'retry_count'),
    details: suggested === undefined || suggested === null ? details : { ...details, ai_probabilities: suggested },
  });
}
