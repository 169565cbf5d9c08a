import { z } from 'zod';
import { Actor, Digest, Generation, ModelName, Reason, Timestamp, Uuid, Version } from '../primitives.js';
import { defineOperations } from './operation.js';
import { limit, ofModel } from './parameters.js';

/** How what is served differed from what was wanted, and what was done about it. */
export const Reconciliation = z
  .object({
    reconciliation_id: Uuid,
    model: ModelName,
    found_at: Timestamp,
    /** `topics-lost`: Kafka no longer had it. `other-history`: a generation that this registry had not given out. */
    finding: z.enum(['topics-lost', 'other-history']),
    /** `restored`: what the registry knows is live again. `adopted`: what was found stays live until somebody decides. */
    outcome: z.enum(['published-again', 'restored', 'adopted']),
    /** What the registry had decided. */
    known: z.object({ generation: Generation, version: Version.nullable() }),
    /** What the topics or the instances said. */
    seen: z.object({ generation: Generation, version: Version.nullable(), digest: Digest.nullable() }),
    /** Published with what holds from then on. */
    generation: Generation,
    detail: z.string(),
    /** Null while a person has to look at it. */
    decision: z
      .object({ decision: z.enum(['keep', 'restore', 'none-needed']), actor: Actor, reason: z.string(), at: Timestamp })
      .nullable(),
  })
  .meta({ id: 'Reconciliation' });
export type Reconciliation = z.infer<typeof Reconciliation>;

/** `POST /v1/models/{m}/reconciliations/{id}` */
export const ReconcileBody = z
  .object({
    /** `keep`: what is live now is right. `restore`: back to what the registry had decided. */
    decision: z.enum(['keep', 'restore']),
    reason: Reason,
  })
  .meta({ id: 'ReconcileBody' });
export type ReconcileBody = z.infer<typeof ReconcileBody>;

/** What differed between the two stores of what should be live, and who decides about it. */
export const RECONCILIATION_OPERATIONS = defineOperations({
  listReconciliations: {
    method: 'GET',
    path: '/v1/models/{model}/reconciliations',
    tag: 'deployments',
    access: 'viewer',
    summary: 'What was found to differ from what was wanted, newest first, and what was done about it.',
    params: ofModel,
    query: z.object({ limit }),
    replies: [{ status: 200, description: 'The findings.', schema: z.array(Reconciliation) }],
    problems: { 404: 'There is no such model.' },
  },
  decideReconciliation: {
    method: 'POST',
    path: '/v1/models/{model}/reconciliations/{reconciliation_id}',
    tag: 'deployments',
    access: 'operator',
    summary: 'Says whether what is live now stays, or what the registry had decided comes back.',
    params: ofModel.extend({ reconciliation_id: Uuid }),
    body: { description: 'What, and why.', schema: ReconcileBody },
    replies: [{ status: 200, description: 'The finding with its decision.', schema: Reconciliation }],
    problems: { 404: 'There is no such model or finding.', 409: 'Decided already, or nothing to restore.' },
  },
});
