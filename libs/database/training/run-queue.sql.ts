import { WORKER_LOCK_SPACE } from './worker-lock.js';

/** A request with an id that is known already changes nothing. */
export const ENQUEUE = `
insert into training.runs (run_id, request_id, model, trigger, actor, reason, auto_deploy, since_days, use_api,
  requested_at, backend, tune, import, state, stage, message)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'queued', 'queued', 'waiting')
on conflict (request_id) do nothing
returning run_id`;

/** For a request that can never run, such as one for an unknown model. */
export const ENQUEUE_FAILED = `
insert into training.runs (run_id, request_id, model, trigger, actor, reason, auto_deploy, since_days, use_api,
  requested_at, backend, tune, import, state, stage, failure, remedy, finished_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'failed', 'queued', $14, $15, now())
on conflict (request_id) do nothing
returning run_id`;

/** The oldest queued run whose model is not being trained by anybody. */
export const CLAIM = `
update training.runs set state = 'running', owner = $1, attempts = attempts + 1, started_at = now(), message = 'starting'
where run_id = (
  select run_id from training.runs queued
  where state = 'queued'
    and not exists (select from training.runs other where other.model = queued.model and other.state = 'running')
  order by queue_position limit 1
  for update skip locked)
returning *`;

/** Runs whose worker is gone: its lock was given back by Postgres. Locked, so that one worker deals with each. */
export const ORPHANS = `
select * from training.runs r
where state = 'running' and not exists (
  select from pg_locks l
  where l.locktype = 'advisory' and l.granted and l.objsubid = 2
    and l.database = (select oid from pg_database where datname = current_database())
    and l.classid = ${WORKER_LOCK_SPACE} and l.objid = r.owner)
for update skip locked`;

/** Whoever owns a run may go on with it; for anybody else these change nothing. */
const OWNED = `where run_id = $1 and state = 'running' and owner = $2`;

export const PROGRESS = `
update training.runs set stage = $3, progress = $4, message = $5, rows = coalesce($6, rows) ${OWNED}
returning run_id`;

export const FINISH = `
update training.runs set state = 'done', owner = null, stage = 'done', progress = 1, message = 'done', rows = $3,
  snapshot_hash = $4, digest = $5, artifact_uri = $6, training_stats = $7, warnings = $8, finished_at = now() ${OWNED}
returning run_id`;

export const FAIL = `
update training.runs set state = 'failed', owner = null, stage = $3, failure = $4, remedy = $5, message = $4,
  finished_at = now() ${OWNED}
returning run_id`;

/** Back to the head of the queue. `$3` is 0 to count the attempt, 1 to forget it. */
export const REQUEUE = `
update training.runs set state = 'queued', owner = null, stage = 'queued', progress = 0, message = 'waiting',
  started_at = null, attempts = attempts - $3 ${OWNED}
returning run_id`;

export const REMEMBER_SNAPSHOT = `
insert into training.snapshots (model, hash, uri, rows, watermark, query, fingerprint)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (model, hash) do update set fingerprint = excluded.fingerprint`;

/** The snapshot of a dataset in this very state, if there is one. */
export const SNAPSHOT_OF = `
select hash from training.snapshots where model = $1 and query = $2 and fingerprint = $3 order by created_at desc limit 1`;

/** What uploaded files runs are still to be made of. */
export const IMPORTS_TO_COME = `select import from training.runs where state in ('queued', 'running') and import is not null`;

export const QUEUE_LENGTH = `select count(*)::integer as queued from training.runs where state = 'queued'`;
