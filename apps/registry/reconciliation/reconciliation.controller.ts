import { Controller, Inject } from '@nestjs/common';
import type { Reconciliation } from '#contracts/http/reconciliation';
import { type Input, Operation } from '#http/server/operation';
import { Reconciliations } from './reconciliations.service.js';

@Controller()
export class ReconciliationController {
  constructor(@Inject(Reconciliations) private readonly reconciliations: Reconciliations) {}

  @Operation('listReconciliations')
  list({ params: { model }, query: { limit } }: Input<'listReconciliations'>): Promise<Reconciliation[]> {
    return this.reconciliations.list(model, limit);
  }

  @Operation('decideReconciliation')
  decide({ params, body, principal }: Input<'decideReconciliation'>): Promise<Reconciliation> {
    return this.reconciliations.decide(params.model, params.reconciliation_id, principal.name, body);
  }
}
