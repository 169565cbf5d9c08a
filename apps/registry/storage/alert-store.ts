import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import type { AlertName } from '#contracts/alerts';
import type { Alert } from '#contracts/http/models';
import { sqlIn } from '#database/sql';

const sql = sqlIn(import.meta.dirname);

const RAISE = 'select registry.raise_alert($1, $2, $3)';

const RAISE_ABOUT = sql('raise-alert-about');

const RESOLVE_REGROWN = sql('resolve-regrown');

const RESOLVE = 'select registry.resolve_alert($1, $2)';

const OPEN = `
select alert, model, since, detail, resolved_at from registry.alerts
where model = $1 and resolved_at is null order by since desc`;

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
}
