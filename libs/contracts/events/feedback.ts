import { z } from 'zod';
import { Generation, ModelName, Timestamp, Uuid, Version } from '../primitives.js';

/** ISO 8601 with zone, or Unix seconds as a number or string; how it is read is in docs/feedback.md. */
const EngineTime = z.union([z.string(), z.number()]);
const TaskId = z.union([z.int(), z.string().min(1).max(256)]);
const Text = z.string().max(4096);

/** Features as known at decision time. Any may be missing; unknown ones are kept, and told. */
export const Features = z.record(z.string(), z.unknown()).meta({
  id: 'Features',
  examples: [{ url: 'https://forum.example.org/t/1', pa: 31, da: 44, site_type: 'forum', requires_login: true }],
});
export type Features = z.infer<typeof Features>;

/** What an engine writes after each attempt of a task. */
export const AutomationOutcome = z
  .looseObject({
    model: ModelName.optional(),
    timestamp: EngineTime.nullish(),
    task_id: TaskId,
    domain: Text.nullish(),
    action_attempted: Text,
    result: z.enum(['success', 'failed']),
    failure_reason: Text.nullish(),
    captcha_type: Text.nullish(),
    execution_time: z.number().nullish(),
    retry_count: z.int().min(0).nullish(),
    prediction_id: Uuid.nullish(),
    model_version: Text.nullish(),
    features: Features.nullish(),
    /** Another name of `features`, of engines that place links. */
    site: Features.nullish(),
  })
  .meta({
    id: 'AutomationOutcome',
    examples: [
      {
        timestamp: '2026-01-04T09:12:31.118200Z',
        task_id: 9041,
        domain: 'forum.example.org',
        action_attempted: 'forum',
        result: 'failed',
        failure_reason: 'captcha_failed',
        captcha_type: 'recaptcha_v2',
        execution_time: 41.2,
        retry_count: 1,
      },
    ],
  });
export type AutomationOutcome = z.infer<typeof AutomationOutcome>;

/** One line of shadow mode: what the rules executed, how it went, and what a model would have suggested. */
export const ShadowOutcome = z
  .looseObject({
    model: ModelName.optional(),
    timestamp: EngineTime.nullish(),
    task_id: TaskId,
    campaign_id: z.union([z.int(), Text]).nullish(),
    backlink_id: z.union([z.int(), Text]).nullish(),
    domain: Text.nullish(),
    /** What was executed. */
    rule_based_action: Text,
    /** What was only suggested; it has no outcome unless it equals the executed action. */
    ai_predicted_action: Text.nullish(),
    ai_confidence: z.number().nullish(),
    /** An object, or the same as JSON inside a string. */
    ai_probabilities: z.union([z.string(), z.record(z.string(), z.number())]).nullish(),
    /** How the executed action went. */
    task_result: z.enum(['success', 'failed', 'error']),
    execution_time: z.number().nullish(),
    retry_count: z.int().min(0).nullish(),
    ai_correct: z.boolean().nullish(),
    ai_would_have_succeeded: z.boolean().nullish(),
    notes: Text.nullish(),
    features: Features.nullish(),
    /** Another name of `features`, of engines that place links. */
    site: Features.nullish(),
  })
  .meta({ id: 'ShadowOutcome' });
export type ShadowOutcome = z.infer<typeof ShadowOutcome>;

/** What serving answered, with the features as known at decision time. */
export const Prediction = z
  .looseObject({
    prediction_id: Uuid,
    model: ModelName,
    task_id: z.string(),
    predicted_at: Timestamp,
    instance: z.string(),
    version: Version,
    generation: Generation,
    /** Whether the answer was served (live, canary) or only scored beside it (shadow). */
    role: z.enum(['live', 'canary', 'shadow']),
    site: Features,
    /** The recommended action, or the most probable class. */
    decision: z.string(),
    /** Per action P(success); for a multi-class model, per class its probability. */
    probabilities: z.record(z.string(), z.number()),
    /** Probability with which serving chose the decision: 1 without exploration. */
    propensity: z.number().gt(0).max(1),
  })
  .meta({ id: 'Prediction' });
export type Prediction = z.infer<typeof Prediction>;

/** Why a message or line was not taken; one word each, used in reports, metrics and `dlq list`. */
export const RejectionReason = z.enum([
  'not-utf8',
  'not-json',
  'not-an-object',
  'too-large',
  'missing-field',
  'wrong-type',
  'out-of-range',
  'nul-character',
  'unreadable-time',
  'time-out-of-range',
  'unknown-action',
  'unknown-label',
  'unknown-model',
  'unknown-feature',
  'contradiction',
  'unknown-result',
  'broken-url',
  'header-row',
  'unclosed-quote',
  'tombstone',
  'contract',
  'failed',
  'undecodable',
]);
export type RejectionReason = z.infer<typeof RejectionReason>;

export const DeadLetter = z
  .object({
    id: Uuid,
    reason: RejectionReason,
    /** The field at fault, where one is. */
    field: z.string().nullable(),
    /** What was expected, as a sentence. */
    detail: z.string(),
    source: z.object({ topic: z.string(), partition: z.int(), offset: z.string() }),
    key: z.string().nullable(),
    /** The raw bytes, base64; cut after 1 MiB, in which case `value_bytes` is larger. */
    value_base64: z.string(),
    value_bytes: z.int(),
    received_at: Timestamp,
  })
  .meta({ id: 'DeadLetter' });
export type DeadLetter = z.infer<typeof DeadLetter>;

/** What lies on `events.dead-letter`: the value as it was, whatever that is. */
export const ParkedMessage = z.looseObject({}).meta({ id: 'ParkedMessage' });
