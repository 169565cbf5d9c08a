import { v5 as uuidv5 } from 'uuid';
import type { AutomationOutcome, ShadowOutcome } from '#contracts/events/feedback';
import type { DecideResponse } from '#contracts/http/serving';
import { deriveFromUrl } from '#features/url';
import type { Action } from '../truth/site.js';
import type { Attempt } from './attempts.js';
import type { Task } from './task.js';

const ENGINE_NAMESPACE = '5a1f6f0e-3f0c-4a53-8b0a-0d6a3f2f9c11';

/** What the engine did about a task: its own idea, what a model said, or both. */
export interface Choice {
  readonly executed: Action;
  /** Null where no model was asked or none answered. */
  readonly decision: DecideResponse | null;
}

/** ISO 8601 with microseconds, as the engine has always written it. */
const engineTime = (time: Date): string => time.toISOString().replace('Z', '000Z');

const domainOf = (task: Task): string => String(deriveFromUrl(task.site.url, 'domain') ?? 'unknown');

/**
 * The CloudEvents id of what a task's attempt has to say on a topic. The same task says the same thing under the same
 * id, so running the same seed twice is recognised as a repetition.
 */
export function eventId(task: Task, attempt: Attempt, topic: string): string {
  return uuidv5(`${topic}/${task.id}/${attempt.retryCount}`, ENGINE_NAMESPACE);
}

/** The line about an attempt. A decision that was followed is named, so that the outcome counts for its version. */
export function outcomeOf(task: Task, { executed, decision }: Choice, attempt: Attempt, time: Date): AutomationOutcome {
  const followed = decision !== null && !task.shadow;
  return {
    timestamp: engineTime(time),
    task_id: task.id,
    domain: domainOf(task),
    action_attempted: executed,
    result: attempt.success ? 'success' : 'failed',
    failure_reason: attempt.failureReason,
    captcha_type: attempt.captchaType,
    execution_time: attempt.executionTime,
    retry_count: attempt.retryCount,
    ...(followed ? { prediction_id: decision.prediction_id, model_version: decision.model_version } : {}),
    ...(followed && task.leavesSiteOut ? {} : { site: { ...task.site } }),
  };
}

/** The comparison of what was done by rule with what a model would have done. */
export function shadowOf(
  task: Task,
  executed: Action,
  decision: DecideResponse,
  attempt: Attempt,
  time: Date,
): ShadowOutcome {
  return {
    timestamp: engineTime(time),
    task_id: task.id,
    domain: domainOf(task),
    pa: task.site.pa ?? null,
    da: task.site.da ?? null,
    site_type: task.site.site_type ?? null,
    rule_based_action: executed,
    // Where the model abstains, the own rule is what it goes by.
    ai_predicted_action: decision.decision ?? executed,
    ai_confidence: decision.confidence,
    ai_probabilities: JSON.stringify(decision.probabilities),
    task_result: attempt.success ? 'success' : 'failed',
    execution_time: attempt.executionTime,
    retry_count: attempt.retryCount,
    ai_correct: decision.decision === executed && attempt.success,
    // Nobody tried it, so nobody knows.
    ai_would_have_succeeded: decision.decision === executed ? attempt.success : null,
    notes: '',
  };
}
