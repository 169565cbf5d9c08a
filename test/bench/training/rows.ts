/** Features of the benchmark's model: ten numbers, two booleans, three categories. */
export const NUMBERS = Array.from({ length: 10 }, (_, i) => `n${i}`);
export const BOOLEANS = ['b0', 'b1'];
export const CATEGORIES = ['c0', 'c1', 'c2'];

const random = (salt: string): string => `((hashtext('${salt}' || i) & 16777215) / 16777216.0)`;

/** The same rows twice: flat, as pandas would like them, and as feedback-ingest stores tasks. `$1` is their number. */
export const ROWS = `
create schema bench;
create table bench.flat as
select 'task-' || i as task_id,
  ${NUMBERS.map((name, k) => `case when ${random(`m${k}`)} < ${k % 2 === 0 ? 0 : 0.05} then null else round((${random(name)} * 100)::numeric, 3)::float8 end as ${name}`).join(',\n  ')},
  ${BOOLEANS.map((name) => `${random(name)} < 0.4 as ${name}`).join(', ')},
  ${CATEGORIES.map((name, k) => `'${name}-' || floor(${random(name)} * ${[4, 8, 16][k]})::int as ${name}`).join(', ')},
  (array['comment', 'profile', 'forum', 'guest'])[1 + (hashtext('a' || i) & 3)] as action,
  ${random('n0')} + ${random('n2')} * ${random('n4')} + case when (hashtext('a' || i) & 3) = floor(${random('c0')} * 4)::int then 0.4 else 0 end
    + ${random('noise')} * 0.6 > 1.1 as success
from generate_series(1, ROWS) as i`;

export const TASKS = `
insert into feedback.tasks (model, task_id, event_id, kind, occurred_at, time_source, received_at, action, result,
  outcome_features, outcome_lines, shadow_lines, first_received_at)
select 'bench', task_id, gen_random_uuid(), 'automation', timestamptz '2026-01-01', 'event', timestamptz '2026-02-01',
  action, case when success then 'success' else 'failed' end,
  jsonb_strip_nulls(jsonb_build_object(${[...NUMBERS, ...BOOLEANS, ...CATEGORIES].map((name) => `'${name}', ${name}`).join(', ')})),
  1, 0, timestamptz '2026-02-01'
from bench.flat`;

/** What both sides are told to train. */
export const PARAMETERS = { rounds: 200, max_depth: 6, learning_rate: 0.1 };

export const DEFINITION = {
  name: 'bench',
  kind: 'action-outcome',
  actions: ['comment', 'profile', 'forum', 'guest'],
  features: [
    ...NUMBERS.map((name) => ({ name, kind: 'numeric' })),
    ...BOOLEANS.map((name) => ({ name, kind: 'boolean' })),
    ...CATEGORIES.map((name) => ({ name, kind: 'categorical' })),
  ],
  backend: 'xgboost',
  hyper_parameters: PARAMETERS,
  early_stopping_rounds: 0,
  schedule: '',
};
