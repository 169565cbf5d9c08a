import { describe, expect, it } from 'vitest';
import { ModelDefinition } from '#contracts/model-definition';
import { readPrediction } from './prediction.js';
import { readFeedback } from './read.js';
import type { FeedbackKind, FeedbackRecord, Fields } from './record.js';
import { rulesOf } from './rules.js';

const actions = ModelDefinition.parse({
  name: 'backlink-outcome',
  kind: 'action-outcome',
  actions: ['comment', 'profile', 'forum', 'guest'],
  features: [
    { name: 'pa', kind: 'numeric' },
    { name: 'requires_login', kind: 'boolean' },
  ],
});
const flowers = ModelDefinition.parse({
  name: 'flowers',
  kind: 'multi-class',
  label: 'species',
  classes: ['setosa', 'virginica'],
  features: [
    { name: 'petal', kind: 'numeric' },
    { name: 'sepalWidth', kind: 'numeric' },
    { name: 'status', kind: 'categorical' },
  ],
});
const NOW = Date.UTC(2026, 10, 24) * 1000;
const reading = {
  eventId: '00000000-0000-5000-8000-000000000001',
  rules: rulesOf([actions, flowers, { ...actions, name: 'strict', strict: true }]),
  receivedAt: NOW,
  now: NOW,
};
const strict = (features: Fields): Fields => ({
  model: 'strict',
  task_id: 1,
  action_attempted: 'forum',
  result: 'failed',
  features,
});
const read = (kind: FeedbackKind, fields: Fields): FeedbackRecord => readFeedback(kind, fields, reading);

const outcome = {
  timestamp: '2026-01-04T09:12:31.118200Z',
  task_id: 9041,
  domain: 'forum.example.org',
  action_attempted: 'forum',
  result: 'failed',
  failure_reason: 'captcha_failed',
  captcha_type: 'recaptcha_v2',
  execution_time: 41.2,
  retry_count: 1,
};
const comparison = {
  timestamp: '2026-01-04T09:12:31Z',
  task_id: 9041,
  campaign_id: 12,
  domain: 'forum.example.org',
  pa: 31,
  da: 44,
  site_type: 'forum',
  rule_based_action: 'forum',
  ai_predicted_action: 'profile',
  ai_confidence: 0.71,
  ai_probabilities: '{"profile": 0.71, "forum": 0.29}',
  task_result: 'failed',
  execution_time: 41.2,
  retry_count: 1,
  ai_correct: false,
  ai_would_have_succeeded: null,
  notes: '',
};
const record = {
  success: true,
  created_at: '2026-01-04T09:12:31.000000Z',
  task: { id: 9041, type: 'forum', status: 'success', error_message: null },
  backlink: { id: 77, url: 'https://forum.example.org/t/1', pa: 31, da: '44', site_type: 'forum', status: 'active' },
  campaign: null,
  opportunity: null,
};
const row = { url: 'https://forum.example.org/t/1', type: 'forum', pa: '31', da: '', status: 'live' };

describe('events that are read', () => {
  it.each<[string, FeedbackKind, Fields, Partial<FeedbackRecord>]>([
    [
      'an outcome in full',
      'automation',
      outcome,
      {
        model: 'backlink-outcome',
        taskId: '9041',
        occurredAt: Date.parse('2026-01-04T09:12:31.118Z') * 1000 + 200,
        timeSource: 'event',
        action: 'forum',
        result: 'failed',
        failureReason: 'captcha_failed',
        executionTime: 41.2,
        retryCount: 1,
        features: { domain: 'forum.example.org' },
        details: { captcha_type: 'recaptcha_v2' },
      },
    ],
    ['a task id as text', 'automation', { ...outcome, task_id: ' 9041 ' }, { taskId: '9041' }],
    ['an action in capitals', 'automation', { ...outcome, action_attempted: 'Forum' }, { action: 'forum' }],
    ['the domain "unknown"', 'automation', { ...outcome, domain: 'unknown' }, { features: null }],
    [
      'a site that knows better than the domain beside it',
      'automation',
      { ...outcome, site: { domain: 'x.org', pa: 3 } },
      { features: { domain: 'x.org', pa: 3 } },
    ],
    ['Unix seconds', 'automation', { ...outcome, timestamp: 1767517951 }, { occurredAt: 1767517951_000_000 }],
    ['Unix seconds as text', 'automation', { ...outcome, timestamp: '1767517951' }, { timeSource: 'event' }],
    [
      'no time',
      'automation',
      { ...outcome, timestamp: undefined },
      { timeSource: 'received', occurredAt: reading.receivedAt },
    ],
    ['only what is needed', 'automation', { task_id: 'a', action_attempted: 'guest', result: 'success' }, {}],
    [
      'unknown fields are kept',
      'automation',
      { ...outcome, captcha_type: null, proxy: { country: 'DE' } },
      { details: { captcha_type: null, proxy: { country: 'DE' } } },
    ],
    [
      'a class',
      'automation',
      { model: 'flowers', task_id: 1, label: 'Setosa', site: { petal: 1 } },
      { model: 'flowers', label: 'setosa', action: null, result: null, features: { petal: 1 } },
    ],
    [
      "a class in the definition's own field",
      'automation',
      { model: 'flowers', task_id: 1, species: 'virginica' },
      { label: 'virginica' },
    ],
    [
      'a shadow line: the outcome belongs to what was executed',
      'shadow',
      comparison,
      {
        action: 'forum',
        result: 'failed',
        features: { domain: 'forum.example.org', pa: 31, da: 44, site_type: 'forum' },
        details: expect.objectContaining({
          ai_predicted_action: 'profile',
          ai_probabilities: { profile: 0.71, forum: 0.29 },
        }),
      },
    ],
    ['a shadow error', 'shadow', { ...comparison, task_result: 'error' }, { result: 'error' }],
    [
      'a suggestion that is unknown',
      'shadow',
      { ...comparison, ai_predicted_action: 'unknown', ai_probabilities: '{}' },
      { action: 'forum' },
    ],
    [
      'probabilities as an object',
      'shadow',
      { ...comparison, ai_probabilities: { forum: 1 } },
      { details: expect.objectContaining({ ai_probabilities: { forum: 1 } }) },
    ],
    [
      'an older shadow line',
      'shadow',
      { task_id: 9041, rule_based_action: 'forum', ai_predicted_action: 'unknown', task_result: 'success' },
      { timeSource: 'received', features: null, result: 'success' },
    ],
    [
      'a historical record',
      'historical',
      record,
      {
        taskId: '9041',
        action: 'forum',
        result: 'success',
        occurredAt: Date.parse('2026-01-04T09:12:31Z') * 1000,
        features: { url: 'https://forum.example.org/t/1', pa: 31, da: 44, site_type: 'forum' },
      },
    ],
    [
      'a historical failure',
      'historical',
      { ...record, task: { ...record.task, status: 'failed', error_message: 'blocked' } },
      { result: 'failed', failureReason: 'blocked' },
    ],
    ['a historical record without backlink', 'historical', { ...record, backlink: null }, { features: null }],
    ['numbers as text', 'historical', { ...record, task: { ...record.task, id: '9041' } }, { taskId: '9041' }],
    [
      'a record with only its flag',
      'historical',
      { ...record, success: '0', task: { id: 1, type: 'guest' } },
      { result: 'failed' },
    ],
    [
      'a task still waiting',
      'historical',
      { ...record, task: { ...record.task, status: 'pending' } },
      { result: null },
    ],
    [
      'a row of an export',
      'dataset',
      row,
      { action: 'forum', result: 'success', timeSource: 'received', features: { url: row.url, pa: 31 } },
    ],
    ['a row with nothing known yet', 'dataset', { ...row, status: 'Pending' }, { result: null }],
    ['a row with an empty status', 'dataset', { ...row, status: '' }, { result: null }],
    ['a type in mixed case', 'dataset', { ...row, type: 'Profile' }, { action: 'profile' }],
    [
      'booleans of an enriched row',
      'dataset',
      { ...row, requires_login: '1' },
      { features: { url: row.url, pa: 31, requires_login: true } },
    ],
    [
      'a row of another field, with neither address nor action',
      'dataset',
      { model: 'flowers', species: 'Setosa', petal: '1.4', sepalwidth: '3', status: 'wild', garden: 'north' },
      {
        label: 'setosa',
        action: null,
        result: null,
        taskId: `dataset:${reading.eventId}`,
        features: { petal: 1.4, sepalWidth: 3, status: 'wild', garden: 'north' },
        details: {},
      },
    ],
    [
      'a row of another field, as it is exported',
      'dataset',
      { model: 'flowers', type: 'setosa', url: '', petal: '1.4', task_id: 'f-1' },
      { label: 'setosa', taskId: 'f-1', features: { petal: 1.4 } },
    ],
  ])('%s', (_name, kind, fields, expected) => {
    const { features } = expected;
    expect(read(kind, fields)).toMatchObject({ eventId: reading.eventId, kind, ...expected });
    if (kind === 'dataset' && features) expect(read(kind, fields).features).toEqual(features);
  });

  it('gives rows of one site and action one task, however they are written', () => {
    const id = read('dataset', row).taskId;
    expect(read('dataset', { ...row, url: 'HTTPS://Forum.Example.ORG/t/1', type: 'FORUM', pa: '9' }).taskId).toBe(id);
    expect(read('dataset', { ...row, type: 'guest' }).taskId).not.toBe(id);
  });
});

describe('features', () => {
  const told = (kind: FeedbackKind, fields: Fields): unknown[] => {
    const problems: unknown[] = [];
    readFeedback(kind, fields, {
      ...reading,
      onFeature: (model, { feature, problem, closest }) => problems.push([model, feature, problem, closest]),
    });
    return problems;
  };

  it('go by either name, and say nothing where they are as the definition has them', () => {
    const features = { pa: 3, requires_login: true };
    expect(read('automation', { ...outcome, features }).features).toEqual(
      read('automation', { ...outcome, site: features }).features,
    );
    expect(read('automation', { ...outcome, features, site: { ...features } }).details).not.toHaveProperty('site');
    expect(told('automation', { ...outcome, features })).toEqual([]);
    expect(told('automation', outcome)).toEqual([]);
  });

  it('are told where they are not known or not readable', () => {
    expect(told('automation', { ...outcome, features: { pa: 'many', requires_logn: true } })).toEqual([
      ['backlink-outcome', 'pa', 'wrong-type', null],
      ['backlink-outcome', 'requires_logn', 'unknown', 'requires_login'],
    ]);
    expect(told('automation', { model: 'flowers', task_id: 1, label: 'setosa', features: { petal: 1, x: 2 } })).toEqual(
      [['flowers', 'x', 'unknown', null]],
    );
  });
});

describe('events that are not', () => {
  let deep: Fields = {};
  for (let i = 0; i < 100_000; i++) deep = { deep };
  it.each<[string, FeedbackKind, Fields, string, string | null]>([
    ['no task id', 'automation', { ...outcome, task_id: undefined }, 'missing-field', 'task_id'],
    ['an empty task id', 'automation', { ...outcome, task_id: ' ' }, 'missing-field', 'task_id'],
    ['a fractional task id', 'automation', { ...outcome, task_id: 1.5 }, 'wrong-type', 'task_id'],
    ['a huge task id', 'automation', { ...outcome, task_id: 1e21 }, 'wrong-type', 'task_id'],
    ['a task id that is an object', 'automation', { ...outcome, task_id: {} }, 'wrong-type', 'task_id'],
    ['a long task id', 'automation', { ...outcome, task_id: 'x'.repeat(257) }, 'too-large', 'task_id'],
    ['no action', 'automation', { ...outcome, action_attempted: null }, 'missing-field', 'action_attempted'],
    [
      'an unknown action',
      'automation',
      { ...outcome, action_attempted: 'Bookmark' },
      'unknown-action',
      'action_attempted',
    ],
    ['an action that is a number', 'automation', { ...outcome, action_attempted: 4 }, 'wrong-type', 'action_attempted'],
    ['no result', 'automation', { ...outcome, result: undefined }, 'missing-field', 'result'],
    ['an unknown result', 'automation', { ...outcome, result: 'maybe' }, 'unknown-result', 'result'],
    ['an error where none can be', 'automation', { ...outcome, result: 'error' }, 'unknown-result', 'result'],
    ['a result that is a boolean', 'automation', { ...outcome, result: true }, 'wrong-type', 'result'],
    ['an unreadable time', 'automation', { ...outcome, timestamp: 'soon' }, 'unreadable-time', 'timestamp'],
    ['a far future', 'automation', { ...outcome, timestamp: '2099-01-01T00:00:00Z' }, 'time-out-of-range', 'timestamp'],
    ['an execution time as text', 'automation', { ...outcome, execution_time: '41' }, 'wrong-type', 'execution_time'],
    [
      'an infinite execution time',
      'automation',
      { ...outcome, execution_time: Number.POSITIVE_INFINITY },
      'out-of-range',
      'execution_time',
    ],
    ['a negative retry count', 'automation', { ...outcome, retry_count: -1 }, 'out-of-range', 'retry_count'],
    ['a huge retry count', 'automation', { ...outcome, retry_count: 3e9 }, 'out-of-range', 'retry_count'],
    ['a fractional retry count', 'automation', { ...outcome, retry_count: 0.5 }, 'wrong-type', 'retry_count'],
    ['a prediction id that is none', 'automation', { ...outcome, prediction_id: '7' }, 'wrong-type', 'prediction_id'],
    [
      'two names that disagree',
      'automation',
      { ...outcome, site: { pa: 1 }, features: { pa: 2 } },
      'contradiction',
      'site',
    ],
    ['no known feature', 'automation', { ...outcome, features: { pe: 1, ad: 2 } }, 'unknown-feature', 'features'],
    ['no known feature by the other name', 'shadow', { ...comparison, site: { pe: 1 } }, 'unknown-feature', 'site'],
    [
      'a row without any feature',
      'dataset',
      { species: 'setosa', model: 'flowers', petal: ' ' },
      'missing-field',
      null,
    ],
    ['an unknown feature of a strict model', 'automation', strict({ pa: 1, pe: 1 }), 'unknown-feature', 'features.pe'],
    ['an unreadable feature of a strict model', 'automation', strict({ pa: 'many' }), 'wrong-type', 'features.pa'],
    ['a site that is a list', 'automation', { ...outcome, site: [] }, 'wrong-type', 'site'],
    ['a site without a bottom', 'automation', { ...outcome, site: deep }, 'out-of-range', 'site.deep'],
    ['an unknown field without a bottom', 'automation', { ...outcome, extra: deep }, 'out-of-range', 'extra'],
    [
      'a list without a bottom where a text belongs',
      'automation',
      { ...outcome, failure_reason: deep },
      'wrong-type',
      'failure_reason',
    ],
    ['a long reason', 'automation', { ...outcome, failure_reason: 'x'.repeat(5000) }, 'too-large', 'failure_reason'],
    ['an unknown model', 'automation', { ...outcome, model: 'other' }, 'unknown-model', 'model'],
    ['a model that is a number', 'automation', { ...outcome, model: 1 }, 'wrong-type', 'model'],
    ['an unknown class', 'automation', { model: 'flowers', task_id: 1, label: 'rose' }, 'unknown-label', 'label'],
    ['no class', 'automation', { model: 'flowers', task_id: 1 }, 'missing-field', 'species'],
    [
      'no executed action',
      'shadow',
      { ...comparison, rule_based_action: undefined },
      'missing-field',
      'rule_based_action',
    ],
    [
      'an unknown executed action',
      'shadow',
      { ...comparison, rule_based_action: 'listing' },
      'unknown-action',
      'rule_based_action',
    ],
    ['authority beyond its scale', 'shadow', { ...comparison, pa: 101 }, 'out-of-range', 'pa'],
    ['authority as text', 'shadow', { ...comparison, da: 'high' }, 'wrong-type', 'da'],
    ['a confidence as text', 'shadow', { ...comparison, ai_confidence: 'high' }, 'wrong-type', 'ai_confidence'],
    [
      'NUL inside the probabilities',
      'shadow',
      { ...comparison, ai_probabilities: '{"a\\u0000":1}' },
      'nul-character',
      'ai_probabilities',
    ],
    ['a record without task', 'historical', { ...record, task: null }, 'missing-field', 'task'],
    ['a task without id', 'historical', { ...record, task: { type: 'forum' } }, 'missing-field', 'task.id'],
    [
      'a task of an unknown type',
      'historical',
      { ...record, task: { ...record.task, type: 'bookmark' } },
      'unknown-action',
      'task.type',
    ],
    [
      'an unknown status',
      'historical',
      { ...record, task: { ...record.task, status: 'odd' } },
      'unknown-result',
      'task.status',
    ],
    ['a broken authority', 'historical', { ...record, backlink: { pa: 'x' } }, 'wrong-type', 'backlink.pa'],
    [
      'a time without zone',
      'historical',
      { ...record, created_at: '2026-01-04 09:12:31' },
      'unreadable-time',
      'created_at',
    ],
    [
      'the header again',
      'dataset',
      { url: 'URL', type: 'TYPE', pa: 'PA', da: 'DA', status: 'STATUS' },
      'header-row',
      null,
    ],
    ['no url', 'dataset', { ...row, url: '' }, 'missing-field', 'url'],
    ['a broken url', 'dataset', { ...row, url: 'http//forum' }, 'broken-url', 'url'],
    ['no type', 'dataset', { ...row, type: '' }, 'missing-field', 'type'],
    ['a type that is no action', 'dataset', { ...row, type: 'Bookmark' }, 'unknown-action', 'type'],
    ['an authority that is no number', 'dataset', { ...row, pa: 'n/a' }, 'wrong-type', 'pa'],
    ['an authority beyond its scale', 'dataset', { ...row, da: '250' }, 'out-of-range', 'da'],
    ['an unknown status', 'dataset', { ...row, status: 'odd' }, 'unknown-result', 'status'],
    ['no class', 'dataset', { model: 'flowers', petal: '1.4' }, 'missing-field', 'species'],
    ['a class nobody knows', 'dataset', { model: 'flowers', species: 'rose' }, 'unknown-label', 'species'],
    ['a flower at no address', 'dataset', { model: 'flowers', species: 'setosa', url: 'x' }, 'broken-url', 'url'],
  ])('%s', (_name, kind, fields, reason, field) => {
    expect(() => read(kind, fields)).toThrowError(expect.objectContaining({ name: 'Rejected', reason, field }));
  });

  it('says which actions were expected', () => {
    expect(() => read('automation', { ...outcome, action_attempted: 'Bookmark' })).toThrow(
      'expected one of comment, profile, forum, guest; got "Bookmark"',
    );
  });
});

describe('predictions', () => {
  const prediction = {
    prediction_id: 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11',
    model: 'backlink-outcome',
    task_id: '9041',
    predicted_at: '2026-01-04T09:12:00.123Z',
    instance: 'serving-1',
    version: 'v1.0.0',
    generation: 3,
    role: 'live',
    site: { pa: 3 },
    decision: 'forum',
    probabilities: { forum: 0.7, guest: 0.2 },
    propensity: 1,
    trace: 'x',
  };

  it('need a whole generation', () => {
    expect(() => readPrediction({ ...prediction, generation: 1.5 }, reading)).toThrow(
      'expected a whole number, got 1.5',
    );
  });

  it('are read', () => {
    expect(readPrediction(prediction, reading)).toMatchObject({
      predictionId: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
      taskId: '9041',
      predictedAt: Date.parse('2026-01-04T09:12:00.123Z') * 1000,
      role: 'live',
      features: { pa: 3 },
      details: { trace: 'x' },
    });
  });

  it.each<[string, Fields, string, string]>([
    ['no id', { prediction_id: undefined }, 'missing-field', 'prediction_id'],
    ['no model', { model: null }, 'missing-field', 'model'],
    ['a version without v', { version: '1.0.0' }, 'wrong-type', 'version'],
    ['an unknown role', { role: 'boss' }, 'wrong-type', 'role'],
    ['a probability beyond 1', { probabilities: { forum: 1.2 } }, 'out-of-range', 'forum'],
    ['no propensity', { propensity: undefined }, 'missing-field', 'propensity'],
    ['a propensity of nothing', { propensity: 0 }, 'out-of-range', 'propensity'],
    ['an unreadable time', { predicted_at: 'now' }, 'unreadable-time', 'predicted_at'],
  ])('%s is rejected', (_name, change, reason, field) => {
    expect(() => readPrediction({ ...prediction, ...change }, reading)).toThrowError(
      expect.objectContaining({ name: 'Rejected', reason, field }),
    );
  });
});
