import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Deployment } from '#contracts/http/deployments';
import type { StoredEffect } from '#database/registry/stored-effect';
import type { Effect } from '#domain/deployment/effects';
import type { ModelState } from '#domain/deployment/state';
import { outboxEntry } from '#outbox/outbox';
import { tracing } from '#platform/tracing/tracing';
import { AuditStore } from './audit-store.js';

const CARRY_OUT = 'select registry.carry_out($1, $2, $3, $4)';

const RUN_OF_VERSION = `select run_id from registry.versions where model = $1 and version = $2`;

/** An effect as it is stored; null for audit records, which have to be chained first. A kind without a case does not compile. */
function stored(effect: Effect): StoredEffect | null {
  switch (effect.kind) {
    case 'desired-state':
      return { kind: 'event', ...outboxEntry(effect.topic, effect.value) };
    case 'deployment-failed':
      return { kind: 'event', ...outboxEntry('deployment.failed', effect.value) };
    case 'backup':
      return { ...effect, backup_id: randomUUID() };
    case 'deployment':
    case 'reconciliation':
    case 'version-state':
    case 'alert':
    case 'resolve-alert':
      return effect;
    case 'audit':
      return null;
  }
}

/** Writes what a decision asks for and the state it leads to, in the decision's transaction. */
@Injectable()
export class EffectStore {
  constructor(@Inject(AuditStore) private readonly audit: AuditStore) {}

  async write(manager: EntityManager, state: ModelState, effects: readonly Effect[], now: Date): Promise<void> {
    const { model } = state;
    const before = effects.map(stored).filter((effect) => effect !== null);
    const records = await this.audit.chain(
      manager,
      effects.flatMap((effect) => (effect.kind === 'audit' ? [{ at: now, model, ...effect }] : [])),
    );
    const all: StoredEffect[] = [...before, ...records.map((record) => ({ kind: 'audit' as const, record }))];
    await manager.query(CARRY_OUT, [model, now, JSON.stringify(all), JSON.stringify(state)]);
    for (const effect of effects)
      if (effect.kind === 'deployment' && effect.record.finished_at !== null)
        await this.trace(manager, effect.record, Date.parse(effect.record.finished_at));
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
