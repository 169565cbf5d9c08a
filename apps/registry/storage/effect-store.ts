import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Deployment } from '#contracts/http/registry';
import type { Effect } from '#domain/deployment/effects';
import type { Outbox } from '#kafka/outbox';
import { tracing } from '#platform/tracing/tracing';
import { DEPLOYMENTS_CHANNEL } from '../events/deployments-channel.js';
import { OUTBOX } from '../tokens.js';
import { AlertStore } from './alert-store.js';
import { AuditStore } from './audit-store.js';
import { BackupStore } from './backup-store.js';

const SET_STATE = `
update registry.versions
set state = $3, deployed_at = case when $3 = 'live' then $4::timestamptz else deployed_at end
where model = $1 and version = $2`;

const SAVE_DEPLOYMENT = `
with told as (select pg_notify('${DEPLOYMENTS_CHANNEL}', $1::text))
insert into registry.deployments (deployment_id, model, kind, state, trigger, generation, started_at, finished_at, record)
select $1::uuid, $2, $3, $4, $5, $6::bigint, $7::timestamptz, $8::timestamptz, $9::json from told
on conflict (deployment_id) do update
set state = excluded.state, generation = excluded.generation, finished_at = excluded.finished_at,
  record = excluded.record`;

const RUN_OF_VERSION = `select run_id from registry.versions where model = $1 and version = $2`;

/** Writes what a decision asks for, in the decision's transaction. */
@Injectable()
export class EffectStore {
  constructor(
    @Inject(OUTBOX) private readonly outbox: Outbox,
    @Inject(AuditStore) private readonly audit: AuditStore,
    @Inject(AlertStore) private readonly alerts: AlertStore,
    @Inject(BackupStore) private readonly backups: BackupStore,
  ) {}

  async write(manager: EntityManager, model: string, effects: readonly Effect[], now: Date): Promise<void> {
    for (const effect of effects) await this.writeOne(manager, model, effect, now);
    // Last, because from here on other models wait for the head of the log.
    await this.audit.append(
      manager,
      effects.flatMap((effect) => (effect.kind === 'audit' ? [{ at: now, model, ...effect }] : [])),
    );
  }

  private async writeOne(manager: EntityManager, model: string, effect: Effect, now: Date): Promise<void> {
    switch (effect.kind) {
      case 'desired-state':
        return this.outbox.add(manager, effect.topic, effect.value);
      case 'deployment-failed':
        return this.outbox.add(manager, 'deployment.failed', effect.value);
      case 'deployment':
        return this.saveDeployment(manager, effect.record);
      case 'backup':
        return this.backups.add(manager, model, effect, now);
      case 'version-state':
        await manager.query(SET_STATE, [model, effect.version, effect.state, now]);
        return;
      case 'alert':
        return this.alerts.raise(manager, model, effect.alert, effect.detail);
      case 'resolve-alert':
        return this.alerts.resolve(manager, model, effect.alert);
      case 'audit':
        return;
    }
  }

  private async saveDeployment(manager: EntityManager, record: Deployment): Promise<void> {
    await manager.query(SAVE_DEPLOYMENT, [
      record.deployment_id,
      record.model,
      record.kind,
      record.state,
      record.trigger,
      record.generation,
      record.started_at,
      record.finished_at,
      JSON.stringify(record),
    ]);
    if (record.finished_at !== null) await this.trace(manager, record, Date.parse(record.finished_at));
  }

  /** The span of a deployment that has ended, with the way back to the training of its version. */
  private async trace(manager: EntityManager, record: Deployment, to: number): Promise<void> {
    const traces = tracing();
    if (traces === null || !traces.isRecorded(record.deployment_id)) return;
    const version = [record.model, record.to_version];
    const [trained]: { run_id: string | null }[] = await manager.query(RUN_OF_VERSION, version);
    traces.record({
      name: 'deployment',
      kind: 'internal',
      of: record.deployment_id,
      isItself: true,
      links: trained?.run_id ? [trained.run_id] : [],
      from: Date.parse(record.started_at),
      to,
      attributes: {
        'ratchet.model': record.model,
        'ratchet.version': record.to_version,
        'ratchet.generation': record.generation,
        'ratchet.kind': record.kind,
        'ratchet.state': record.state,
      },
      failure: record.state === 'failed' ? 'failed' : null,
    });
  }
}
