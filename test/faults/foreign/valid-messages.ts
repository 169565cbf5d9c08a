import fc from 'fast-check';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { TOPICS, type Topic } from '#contracts/topics';
import { evaluated, trained } from '../../e2e/registry-client.js';

const at = fc
  .date({ min: new Date('2026-01-01'), max: new Date('2026-02-01'), noInvalidDate: true })
  .map((d) => d.toISOString());
const uuid = fc.uuid({ version: 4 });
const instance = fc.string({ maxLength: 40 }).map((text) => `i-${text}`);
const share = fc.double({ min: 0, max: 1, noNaN: true });
const digest = fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}`);
const version = fc.constantFrom('v1.0.0', 'v1.2.3', 'v900.0.1');
/** Nobody has a model of this name: what is asked about it is answered without hours of training. */
const model = fc.constant('made-up');
/** What a producer may add; it is kept, or left alone, and never stops anybody. */
const more = fc.dictionary(
  fc.string({ maxLength: 12 }).map((name) => `x-${name}`),
  fc.jsonValue({ maxDepth: 3 }),
  { maxKeys: 3 },
);
const acknowledgement = { instance, model, generation: fc.nat(1000), version, digest, at };
const action = fc.constantFrom('comment', 'profile', 'forum', 'guest');

/** Everything an instance should serve of a model that nobody has: nothing, of whatever generation. */
const desiredState = (cause: string): Record<string, fc.Arbitrary<unknown>> => ({
  model,
  generation: fc.nat(1000),
  deployment_id: uuid,
  cause: fc.constant(cause),
  live: fc.constant(null),
  staged: fc.constant(null),
  canary: fc.constant(null),
  shadow: fc.constant(null),
  warm: fc.constant([]),
  reason: fc.string(),
  actor: fc.constant('fuzz'),
  issued_at: at,
  deadline_at: at,
});

const fields: Partial<Record<Topic, Record<string, fc.Arbitrary<unknown>>>> = {
  'automation.outcomes': {
    timestamp: at,
    task_id: uuid,
    domain: fc.domain(),
    action_attempted: action,
    result: fc.constantFrom('success', 'failed'),
    failure_reason: fc.option(fc.string({ maxLength: 30 })),
    execution_time: share,
    retry_count: fc.nat(9),
  },
  'shadow.outcomes': {
    timestamp: at,
    task_id: uuid,
    rule_based_action: action,
    ai_predicted_action: action,
    ai_confidence: share,
    ai_probabilities: fc.oneof(fc.constant('{"forum": 1}'), fc.constant({ forum: 1 })),
    task_result: fc.constantFrom('success', 'failed', 'error'),
    notes: fc.string({ maxLength: 50 }),
  },
  predictions: {
    prediction_id: uuid,
    model: fc.constant(DEFAULT_MODEL),
    task_id: uuid,
    predicted_at: at,
    instance,
    version,
    generation: fc.nat(1000),
    role: fc.constantFrom('live', 'canary', 'shadow'),
    site: fc.record({ da: fc.nat(100), site_type: fc.string({ maxLength: 20 }) }),
    decision: action,
    probabilities: fc.record({ comment: share, forum: share }),
    propensity: fc.double({ min: 0.01, max: 1, noNaN: true }),
  },
  'training.requested': {
    request_id: uuid,
    model,
    trigger: fc.constantFrom('cli', 'api'),
    actor: fc.constant('fuzz'),
    requested_at: at,
  },
  'training.failed': {
    run_id: uuid,
    request_id: uuid,
    model,
    stage: fc.constant('snapshot'),
    reason: fc.string(),
    remedy: fc.string(),
    failed_at: at,
  },
  'training.cancel-requested': {
    run_id: uuid,
    model,
    actor: fc.constant('fuzz'),
    reason: fc.constantFrom('a mistake', 'zu groß'),
    requested_at: at,
  },
  'training.cancelled': {
    run_id: uuid,
    request_id: uuid,
    model,
    stage: fc.constant('train'),
    actor: fc.constant('fuzz'),
    reason: fc.constant('a mistake'),
    cancelled_at: at,
  },
  'training.progress': {
    run_id: uuid,
    request_id: uuid,
    model,
    stage: fc.constant('train'),
    progress: share,
    message: fc.string(),
    at,
  },
  'data.drift-detected': { model, version, features: fc.constant([]), rows: fc.nat(1000), detected_at: at },
  'data.dataset-shrunk': { model, rows: fc.nat(1000), last_trained_rows: fc.nat(1000), detected_at: at },
  'serving.heartbeat': {
    instance: fc.constantFrom('i-1', 'i-2', 'i-ü'),
    url: fc.constant('http://127.0.0.1:1'),
    started_at: at,
    at,
    ready: fc.boolean(),
    models: fc.constant([]),
  },
  'model.staged': desiredState('stage'),
  'model.canary-advanced': desiredState('canary'),
  'model.promoted': desiredState('promote'),
  'model.rolled-back': desiredState('rollback'),
  'model.accuracy-drop': {
    episode_id: uuid,
    model,
    version,
    generation: fc.nat(1000),
    reference_accuracy: share,
    live_accuracy: share,
    interval: fc.constant({ low: 0, high: 1, confidence: 0.95 }),
    outcomes: fc.nat(1000),
    onset_at: at,
    detected_at: at,
  },
  'model.deploy-requested': { reason: fc.string({ minLength: 1 }), version, model, command_id: uuid },
  'model.rollback-requested': { reason: fc.string({ minLength: 1 }), model, command_id: uuid },
  'model.loaded': {
    ...acknowledgement,
    load_ms: share,
    golden: fc.record({ cases: fc.nat(9), max_abs_difference: share }),
  },
  'model.activated': { ...acknowledgement, swap_ms: share },
  'model.activation-failed': {
    ...acknowledgement,
    reason: fc.constantFrom('package-missing', 'out-of-memory'),
    detail: fc.string(),
  },
};

/** Few packages, so that they are versions once: nobody waits for what each costs. */
const trainedOnce = ['fuzz-a', 'fuzz-b', 'fuzz-c'].map((name) => trained(name));
const once = fc.constantFrom(...trainedOnce);
const spread = <T extends object>(made: fc.Arbitrary<T>): fc.Arbitrary<Record<string, unknown>> =>
  made.map((value) => Object.fromEntries(Object.entries(value)));

/** Messages whose fields belong together. */
const whole: Partial<Record<Topic, fc.Arbitrary<Record<string, unknown>>>> = {
  'model.trained': spread(once),
  'model.evaluated': spread(
    fc.tuple(once, uuid).map(([of, evaluation_id]) => ({ ...evaluated(of, 'fail'), evaluation_id })),
  ),
};

/** Topics that valid messages are made for, and how many of a hundred go there. */
export const VALID_TOPICS = [...Object.keys(fields), ...Object.keys(whole)].filter(
  (name): name is Topic => name in TOPICS,
);

/** A message that fits the contract of its topic, as its fields. */
export const validMessage = (topic: Topic): fc.Arbitrary<Record<string, unknown>> =>
  fc.tuple(more, whole[topic] ?? fc.record(fields[topic] ?? {})).map(([extra, known]) => ({ ...extra, ...known }));
