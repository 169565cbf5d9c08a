import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Notice } from '../alerts/notice.js';

/** One registry at a time tells a target; the lock ends with the transaction. */
const LOCK = `select pg_try_advisory_xact_lock(hashtext('ratchet alerts to ' || $1)) as held`;

/** What was over before anybody was to be told is no news. */
const BEGIN = `
insert into registry.alert_deliveries (alert_id, target, told, delivered_at)
select id, $1, 'resolved', now() from registry.alerts
where resolved_at is not null and not exists (select from registry.alert_deliveries where target = $1)`;

/** Everybody who heard that an alert fires hears that it is over; one that came and went is told as both. */
const DUE = `
select a.id, a.alert, a.model, a.since, a.detail, a.resolved_at,
  case when d.told is not null and a.resolved_at is not null then 'resolved' else 'firing' end as status
from registry.alerts a
left join registry.alert_deliveries d on d.alert_id = a.id and d.target = $1
where (d.told is null
    or (d.told = 'firing' and a.resolved_at is not null)
    or (d.told = 'firing' and d.delivered_at < now() - make_interval(secs => $2)))
  and (d.next_attempt_at is null or d.next_attempt_at <= now())
order by a.id limit 100`;

const TOLD = `
insert into registry.alert_deliveries (alert_id, target, told, delivered_at) values ($1, $2, $3, now())
on conflict (alert_id, target) do update
set told = excluded.told, delivered_at = excluded.delivered_at, attempts = 0, next_attempt_at = null, problem = null`;

/** Twice as long after each failure, up to a minute. */
const FAILED = `
insert into registry.alert_deliveries as d (alert_id, target, attempts, next_attempt_at, problem)
values ($1, $2, 1, now() + interval '1 second', $3)
on conflict (alert_id, target) do update
set attempts = d.attempts + 1, problem = excluded.problem,
  next_attempt_at = now() + least(60, power(2, least(d.attempts, 6))) * interval '1 second'`;

const WAITING = `
select count(*)::int as n from registry.alerts a
left join registry.alert_deliveries d on d.alert_id = a.id and d.target = $1
where d.told is null or (d.told = 'firing' and a.resolved_at is not null)`;

/** Who has been told of which alert. */
@Injectable()
export class AlertDeliveryStore {
  async lock(manager: EntityManager, target: string): Promise<boolean> {
    const rows = await manager.query<{ held: boolean }[]>(LOCK, [target]);
    return rows[0]?.held ?? false;
  }

  async begin(manager: EntityManager, target: string): Promise<void> {
    await manager.query(BEGIN, [target]);
  }

  /** @param againSeconds an open alert is due again after this long; null for never */
  due(manager: EntityManager, target: string, againSeconds: number | null): Promise<Notice[]> {
    return manager.query<Notice[]>(DUE, [target, againSeconds ?? 1e9]);
  }

  async told(manager: EntityManager, target: string, { id, status }: Notice): Promise<void> {
    await manager.query(TOLD, [id, target, status]);
  }

  async failed(manager: EntityManager, target: string, { id }: Notice, problem: string): Promise<void> {
    await manager.query(FAILED, [id, target, problem]);
  }

  async waiting(manager: EntityManager, target: string): Promise<number> {
    const rows = await manager.query<{ n: number }[]>(WAITING, [target]);
    return rows[0]?.n ?? 0;
  }
}
