import { readFeatures } from './features.js';
import { feedbackRecord } from './feedback-record.js';
import { count, others, requiredText, seconds, taskId, text, uuid } from './fields.js';
import type { Reading } from './reading.js';
import type { FeedbackRecord, Fields, Outcome } from './record.js';
import { readResult } from './result.js';
import { type ModelRules, matchAction, matchLabel, modelRules } from './rules.js';
import { readTime } from './timestamp.js';

const KNOWN = new Set([
  'model',
  'timestamp',
  'task_id',
  'domain',
  'action_attempted',
  'result',
  'failure_reason',
  'execution_time',
  'retry_count',
  'prediction_id',
  'model_version',
  'features',
  'site',
]);
const RESULTS: readonly Outcome[] = ['success', 'failed'];

/** What the event says happened: an action and its result, or for a multi-class model the true class. */
function answerOf(fields: Fields, rules: ModelRules): Pick<FeedbackRecord, 'action' | 'result' | 'label'> {
  if (rules.labelField !== null) {
    const field = 'label' in fields ? 'label' : rules.labelField;
    return { action: null, result: null, label: matchLabel(rules, requiredText(fields, field), field) };
  }
  return {
    action: matchAction(rules, requiredText(fields, 'action_attempted'), 'action_attempted'),
    result: readResult(requiredText(fields, 'result'), 'result', RESULTS),
    label: null,
  };
}

/** The domain an engine adds beside the site; engines write "unknown" for none. */
export function withDomain(site: Fields | null, domain: string | null): Fields | null {
  if (domain === null || domain === '' || domain === 'unknown') return site;
  return site === null ? { domain } : { domain, ...site };
}

/** Reads one attempt of a task, from `automation.outcomes` or an automation log. Throws Rejected. */
export function readAutomation(fields: Fields, reading: Reading): FeedbackRecord {
  const rules = modelRules(reading.rules, fields.model, reading.model);
  const id = taskId(fields, 'task_id');
  const { action, result, label } = answerOf(fields, rules);
  const time = readTime(fields.timestamp, 'timestamp', reading.now);
  return feedbackRecord('automation', reading, rules, id, time, {
    action,
    result,
    label,
    features: withDomain(readFeatures(fields, rules, reading), text(fields, 'domain')),
    failureReason: text(fields, 'failure_reason'),
    executionTime: seconds(fields, 'execution_time'),
    retryCount: count(fields, 'retry_count'),
    predictionId: uuid(fields, 'prediction_id'),
    modelVersion: text(fields, 'model_version'),
    details: others(fields, KNOWN),
  });
}
