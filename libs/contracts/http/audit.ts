import { z } from 'zod';
import { Actor, ModelName, Timestamp } from '../primitives.js';
import { defineOperations } from './operation.js';
import { limit } from './parameters.js';

export const AuditRecord = z
  .object({
    sequence: z.int(),
    at: Timestamp,
    actor: Actor,
    action: z.string(),
    model: ModelName.nullable(),
    reason: z.string(),
    before: z.unknown(),
    after: z.unknown(),
    previous_hash: z.string(),
    hash: z.string(),
  })
  .meta({ id: 'AuditRecord' });
export type AuditRecord = z.infer<typeof AuditRecord>;

export const AuditVerification = z
  .object({ intact: z.boolean(), records: z.int(), broken_at: z.int().nullable(), detail: z.string() })
  .meta({ id: 'AuditVerification' });
export type AuditVerification = z.infer<typeof AuditVerification>;

/** The audit log. */
export const AUDIT_OPERATIONS = defineOperations({
  listAudit: {
    method: 'GET',
    path: '/v1/audit',
    tag: 'audit',
    access: 'viewer',
    summary: 'The audit log, newest first.',
    query: z.object({
      model: ModelName.optional(),
      general: z
        .enum(['true', 'false'])
        .default('false')
        .describe('"true" adds what belongs to no model: tokens, and what was decided about refused messages.'),
      before: z.coerce.number<number>().int().min(1).optional(),
      limit,
    }),
    replies: [{ status: 200, description: 'The records.', schema: z.array(AuditRecord) }],
    problems: { 404: 'There is no such model.' },
  },
  verifyAudit: {
    method: 'GET',
    path: '/v1/audit/verify',
    tag: 'audit',
    access: 'viewer',
    summary: 'Recomputes the whole hash chain.',
    replies: [
      { status: 200, description: 'Whether it is intact, and else where it breaks.', schema: AuditVerification },
    ],
  },
});
