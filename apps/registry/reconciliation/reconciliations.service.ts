import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ratchet } from '#contracts/command-line';
import type { ReconcileBody, Reconciliation } from '#contracts/http/reconciliation';
import { ProblemError } from '#platform/problem';
import { CommandProblem } from '../deployments/command-problem.js';
import { Commands } from '../deployments/commands.service.js';
import { ModelDirectory } from '../status/model-directory.js';
import { AlertStore } from '../storage/alert-store.js';
import { AuditStore } from '../storage/audit-store.js';
import { ModelStore } from '../storage/model-store.js';
import { ReconciliationStore } from '../storage/reconciliation-store.js';

/** What a person says about a history that was lost or never was. */
@Injectable()
export class Reconciliations {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(ModelDirectory) private readonly directory: ModelDirectory,
    @Inject(ReconciliationStore) private readonly store: ReconciliationStore,
    @Inject(ModelStore) private readonly models: ModelStore,
    @Inject(Commands) private readonly commands: Commands,
    @Inject(AlertStore) private readonly alerts: AlertStore,
    @Inject(AuditStore) private readonly audit: AuditStore,
  ) {}

  async list(model: string, limit: number): Promise<Reconciliation[]> {
    await this.directory.expect(model);
    return this.store.list(this.dataSource.manager, model, limit);
  }

  async decide(model: string, id: string, actor: string, body: ReconcileBody): Promise<Reconciliation> {
    await this.directory.expect(model);
    const found = await this.store.take(this.dataSource.manager, model, id);
    if (found === null)
      throw new ProblemError(
        404,
        'Not found',
        `${model} has no reconciliation ${id}; "${ratchet('reconcile list', model)}" lists them.`,
      );
    if (found.decision !== null)
      throw new ProblemError(
        409,
        'Decided already',
        `${found.decision.actor} said "${found.decision.decision}" before.`,
      );
    if (body.decision === 'restore') await this.restore(found, actor, body.reason);
    return this.record(found, actor, body);
  }

  /** Back to what the registry had decided, by an ordinary rollback. */
  private async restore({ model, known, ...found }: Reconciliation, actor: string, reason: string): Promise<void> {
    const { live } = await this.models.read(this.dataSource.manager, model);
    if (known.version === null)
      throw new ProblemError(
        409,
        'Nothing to restore',
        `The registry knew of no live version before. Keep ${live?.version ?? 'this'}, or deploy another one.`,
      );
    if (live?.version === known.version) return;
    const outcome = await this.commands.execute({
      command: 'rollback',
      id: randomUUID(),
      identity: 'given',
      model,
      actor,
      reason: `reconciliation ${found.reconciliation_id}: ${reason}`,
      expectedGeneration: null,
      source: 'http',
      version: known.version,
    });
    if (outcome.kind === 'rejected') throw new CommandProblem(outcome.rejection);
  }

  private record(found: Reconciliation, actor: string, { decision, reason }: ReconcileBody): Promise<Reconciliation> {
    const { model, reconciliation_id } = found;
    const at = new Date();
    const decided: Reconciliation = { ...found, decision: { decision, actor, reason, at: at.toISOString() } };
    return this.dataSource.transaction(async (manager) => {
      await this.models.lock(manager, model);
      await this.store.decide(manager, reconciliation_id, decided.decision);
      if ((await this.store.open(manager, model)) === 0) await this.alerts.resolve(manager, model, 'history-diverged');
      const after = { reconciliation_id, decision, known: found.known, seen: found.seen };
      await this.audit.append(manager, [{ at, actor, action: 'history.decided', model, reason, before: null, after }]);
      return decided;
    });
  }
}
