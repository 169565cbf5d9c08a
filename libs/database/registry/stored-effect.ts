import { z } from 'zod';
import { ALERT_NAMES } from '#contracts/alerts';
import { AuditRecord } from '#contracts/http/audit';
import { Deployment } from '#contracts/http/deployments';
import { Reconciliation } from '#contracts/http/reconciliation';
import { VersionState } from '#contracts/http/versions';
import { Generation, Uuid, VersionRef } from '#contracts/primitives';

/** What `registry.carry_out` (functions/carry-out.sql) can be asked to write, each kind once. */
export const StoredEffect = z.discriminatedUnion('kind', [
  /** A row of the outbox. */
  z.object({
    kind: z.literal('event'),
    id: Uuid,
    topic: z.string(),
    event: z.unknown(),
    traceparent: z.string().nullable(),
  }),
  z.object({ kind: z.literal('deployment'), record: Deployment }),
  z.object({ kind: z.literal('version-state'), version: z.string(), state: VersionState }),
  z.object({
    kind: z.literal('backup'),
    backup_id: Uuid,
    deployment_id: Uuid,
    ref: VersionRef,
    generation: Generation,
  }),
  z.object({ kind: z.literal('reconciliation'), record: Reconciliation }),
  z.object({ kind: z.literal('alert'), alert: z.enum(ALERT_NAMES), detail: z.string() }),
  z.object({ kind: z.literal('resolve-alert'), alert: z.enum(ALERT_NAMES) }),
  /** Chained already. */
  z.object({ kind: z.literal('audit'), record: AuditRecord }),
]);
export type StoredEffect = z.infer<typeof StoredEffect>;
