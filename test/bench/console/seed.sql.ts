/** `$1` is the model, `$2` the first of these rows and `$3` the last; together they are OUTCOMES over DAYS. */
const at = (outcomes: number, days: number): string =>
  `now() - interval '1 minute' - (${outcomes} - i) * (interval '${days} days' / ${outcomes})`;

/** Each version decides as many tasks as the next. */
const version = (outcomes: number, versions: number): string =>
  `'v1.' || floor((i - 1) * ${versions}::float8 / ${outcomes})::int || '.0'`;

const random = (salt: string): string => `((hashtext('${salt}' || i) & 16777215) / 16777216.0)`;
const ID = (kind: string): string => `md5('${kind}' || i)::uuid`;
const ACTION = `(array['comment', 'profile', 'forum', 'guest'])[1 + (hashtext('a' || i) & 3)]`;
const FEATURES = `jsonb_build_object('da', floor(${random('da')} * 100), 'pa', floor(${random('pa')} * 100),
  'site_type', (array['forum', 'blog', 'directory'])[1 + (hashtext('s' || i) & 1)], 'https_enabled', ${random('h')} < 0.9)`;

/** The same outcomes as they came, as the dataset has them, and as they were judged. */
export function outcomeQueries(outcomes: number, days: number, versions: number): string[] {
  const when = at(outcomes, days);
  const by = version(outcomes, versions);
  const rows = 'from generate_series($2::int, $3::int) as i';
  return [
    `insert into feedback.events (event_id, batch_id, model, kind, task_id, occurred_at, time_source, received_at, action,
      result, features)
    select ${ID('event')}, 0, $1, 'automation', 'task-' || i, ${when}, 'event', ${when}, ${ACTION},
      case when ${random('r')} < 0.6 then 'success' else 'failed' end, ${FEATURES}::json ${rows}`,
    `insert into feedback.predictions (prediction_id, batch_id, model, task_id, predicted_at, received_at, instance, version,
      generation, role, decision, propensity, probabilities, features)
    select ${ID('prediction')}, 0, $1, 'task-' || i, ${when}, ${when}, 'serving-1', ${by}, 1, 'live', ${ACTION}, 0.9,
      '{"comment":0.6,"profile":0.2,"forum":0.1,"guest":0.1}', ${FEATURES}::json ${rows}`,
    `insert into feedback.tasks (model, task_id, event_id, kind, occurred_at, time_source, received_at, action, result,
      outcome_features, outcome_lines, shadow_lines, first_received_at, prediction_id, prediction_version,
      prediction_decision, propensity)
    select $1, 'task-' || i, ${ID('event')}, 'automation', ${when}, 'event', ${when}, ${ACTION},
      case when ${random('r')} < 0.6 then 'success' else 'failed' end, ${FEATURES}, 1, 0, ${when}, ${ID('prediction')}, ${by},
      ${ACTION}, 0.9 ${rows}`,
    `insert into feedback.judgements (prediction_id, model, version, generation, task_id, role, decision, action,
      probabilities, success, predicted_at, occurred_at)
    select ${ID('prediction')}, $1, ${by}, 1, 'task-' || i, 'live', ${ACTION}, ${ACTION},
      '{"comment":0.6,"profile":0.2,"forum":0.1,"guest":0.1}', ${random('r')} < 0.6, ${when}, ${when} ${rows}`,
  ];
}

/** What the evaluator would have counted. */
export const WINDOWS = `
insert into evaluation.accuracy_windows (model, version, role, window_start, outcomes, correct, failures, reference_sum)
select model, version, role, date_trunc('minute', occurred_at), count(*), count(*) filter (where success),
  count(*) filter (where not success), 0.62 * count(*)
from feedback.judgements group by 1, 2, 3, 4`;

export const HOURS = `
insert into evaluation.accuracy_hours (model, version, role, window_start, outcomes, correct, failures, reference_sum)
select model, version, role, date_trunc('hour', window_start, 'UTC'), sum(outcomes), sum(correct), sum(failures),
  sum(reference_sum)
from evaluation.accuracy_windows group by 1, 2, 3, 4`;

/** Checks every ten minutes for a month. */
export const DRIFT_CHECKS = `
insert into evaluation.drift_checks (model, version, rows, features, drifted, checked_at)
select $1, $2, 5000, (
    select jsonb_agg(jsonb_build_object('feature', 'feature_' || f, 'psi', (hashtext(f || ' ' || i) & 1023) / 4096.0,
      'p_value', 0.2, 'missing_rate_change', 0, 'unseen_rate_change', 0, 'drifted', false))
    from generate_series(1, 25) as f), '{}', now() - i * interval '10 minutes'
from generate_series(1, 4320) as i`;

export const DEAD_LETTERS = `
insert into feedback.dead_letters (id, reason, detail, topic, partition, "offset", value, received_at)
select md5('letter' || i)::uuid, (array['not-json', 'unknown-action', 'unreadable-time'])[1 + i % 3], 'expected something else',
  'automation.outcomes', 0, i, convert_to('{"task_id":' || i || '}', 'UTF8'), now() - i * interval '1 minute'
from generate_series(1, 5000) as i`;

export const OFFSETS = `
insert into feedback.offsets (topic, partition, next_offset, stored, last_received_at)
select topic, p, 0, 80000, now()
from unnest(array['automation.outcomes', 'shadow.outcomes', 'predictions']) as topic, generate_series(0, 11) as p`;

export const VERSIONS = `
insert into registry.versions (model, version, state, digest, artifact_uri, backend, snapshot_hash, definition,
  training_stats, dataset_size, auto_deploy, created_by, actor, run_id, created_at, deployed_at, evaluation_id)
select v ->> 'model', v ->> 'version', v ->> 'state', v ->> 'digest', v ->> 'artifact_uri', v ->> 'backend',
  v #>> '{evaluation,holdout,snapshot_hash}', '{}', v -> 'training_stats', (v ->> 'dataset_size')::bigint, true,
  v ->> 'created_by', 'schedule', (v ->> 'run_id')::uuid, (v ->> 'created_at')::timestamptz,
  (v ->> 'deployed_at')::timestamptz, (v #>> '{evaluation,evaluation_id}')::uuid
from json_array_elements($1::json) as v`;

export const EVALUATIONS = `
insert into registry.evaluations (evaluation_id, model, version, verdict, accuracy, f1_macro, failure_rate_reduction,
  evaluated_at, event)
select (v #>> '{evaluation,evaluation_id}')::uuid, v ->> 'model', v ->> 'version', v ->> 'verdict',
  (v #>> '{evaluation_metrics,accuracy}')::float8, (v #>> '{evaluation_metrics,f1_macro}')::float8,
  (v #>> '{evaluation_metrics,failure_rate_reduction}')::float8, (v #>> '{evaluation,evaluated_at}')::timestamptz,
  v -> 'evaluation'
from json_array_elements($1::json) as v`;

export const DEPLOYMENTS = `
insert into registry.deployments (deployment_id, model, kind, state, trigger, generation, started_at, finished_at, record)
select (d ->> 'deployment_id')::uuid, d ->> 'model', d ->> 'kind', d ->> 'state', d ->> 'trigger',
  (d ->> 'generation')::bigint, (d ->> 'started_at')::timestamptz, (d ->> 'finished_at')::timestamptz, d
from json_array_elements($1::json) as d`;

export const RUNS = `
insert into training.runs (run_id, request_id, model, trigger, actor, auto_deploy, requested_at, backend, state, stage,
  progress, message, rows, digest, queued_at, started_at, finished_at, log_lines)
select (r ->> 'run_id')::uuid, (r ->> 'request_id')::uuid, r ->> 'model', r ->> 'trigger', r ->> 'actor', true,
  (r ->> 'queued_at')::timestamptz, r ->> 'backend', r ->> 'state', r ->> 'stage', 1, r ->> 'message',
  (r ->> 'rows')::int, r ->> 'digest', (r ->> 'queued_at')::timestamptz, (r ->> 'started_at')::timestamptz,
  (r ->> 'finished_at')::timestamptz, 1000
from json_array_elements($1::json) as r`;

export const RUN_LOGS = `
insert into training.run_log (run_id, line, at, level, stage, progress, message)
select run_id, line, finished_at - (1000 - line) * interval '250 ms', 'info', 'train', line / 1000.0,
  'round ' || line || ' of 1000, validation log-loss 0.412'
from (select run_id, finished_at from training.runs order by queued_at desc limit 100) newest, generate_series(1, 1000) as line`;

export const AUDIT = `
insert into registry.audit (sequence, at, actor, action, model, reason, before, after, previous_hash, hash)
select (r ->> 'sequence')::bigint, (r ->> 'at')::timestamptz, r ->> 'actor', r ->> 'action', r ->> 'model', r ->> 'reason',
  r -> 'before', r -> 'after', r ->> 'previous_hash', r ->> 'hash'
from jsonb_array_elements($1::jsonb) as r`;

export const MODEL = `
insert into registry.models (model, generation, live_version, live_since, state) values ($1, $2, $3, $4, $5)`;
