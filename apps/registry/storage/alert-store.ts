import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import type { Alert } from '#contracts/http/registry';

/** What the registry calls attention to. */
export const ALERT_NAMES = [
  'deployment-failed',
  'accuracy-drop',
  'auto-deploy-held',
  'drill-failed',
  'backup-damaged',
  'retraining-failed',
  'data-drift',
  'dataset-shrunk',
] as const;
export type AlertName = (typeof ALERT_NAMES)[number];

const RAISE = 'select registry.raise_alert($1, $2, $3)';

/** Only while the version it speaks of is live: the news may be late. */
const RAISE_ABOUT = `
insert into registry.alerts (model, alert, detail)
select model, $2, $3 from registry.models where model = $1 and live_version = $4
on conflict (model, alert) where resolved_at is null do update set detail = excluded.detail`;

/** Nobody tells that a dataset has grown again, so it is looked at while the alert is open. */
const RESOLVE_REGROWN = `
update registry.alerts a set resolved_at = now()
where alert = 'dataset-shrunk' and resolved_at is null
  and (select max(rows) from feedback.dataset_growth g where g.model = a.model) >=
    (select rows from training.run_overview r
     where r.model = a.model and r.state = 'done' and r.rows is not null order by finished_at desc limit 1)`;

const RESOLVE = 'select registry.resolve_alert($1, $2)';

const OPEN = `
select alert, model, since, detail, resolved_at from registry.alerts
where model = $1 and resolved_at is null order by since desc`;

const COUNTS = `
select model, alert, count(*)::int as open from registry.alerts where resolved_at is null group by model, alert`;

const Row = z.object({
  alert: z.string(),
  model: z.string(),
  since: z.date().transform((since) => since.toISOString()),
  detail: z.string(),
  resolved_at: z.null(),
});

/** Alerts stay open until what they speak of is over. */
@Injectable()
export class AlertStore {
  /** Opens the alert, or says the newest about the open one. */
  async raise(manager: EntityManager, model: string, alert: AlertName, detail: string): Promise<void> {
    await manager.query(RAISE, [model, alert, detail]);
  }

  async raiseAbout(
    manager: EntityManager,
    model: string,
    version: string,
    alert: AlertName,
    detail: string,
  ): Promise<void> {
    await manager.query(RAISE_ABOUT, [model, alert, detail, version]);
  }

  async resolveRegrown(manager: EntityManager): Promise<void> {
    await manager.query(RESOLVE_REGROWN);
  }

  async resolve(manager: EntityManager, model: string, alert: AlertName): Promise<void> {
    await manager.query(RESOLVE, [model, alert]);
  }

  async open(manager: EntityManager, model: string): Promise<Alert[]> {
    return z.array(Row).parse(await manager.query(OPEN, [model]));
  }

  async counts(manager: EntityManager): Promise<{ model: string; alert: string }[]> {
    return manager.query<{ model: string; alert: string }[]>(COUNTS);
  }
}
