import { z } from 'zod';
import { RejectionReason } from './events/feedback.js';
import { Timestamp, Uuid } from './primitives.js';

/** The header that a message on `events.dead-letter` has beside its own: JSON that says where it came from and why it is there. */
export const PARKED_HEADER = 'ratchet-parked';

export const ParkedHeader = z
  .object({
    id: Uuid,
    reason: RejectionReason,
    field: z.string().nullable(),
    detail: z.string(),
    source: z.object({
      topic: z.string(),
      partition: z.int(),
      offset: z.string().regex(/^\d{1,19}$/),
      /** Ids of the cluster and the topic: a topic that was made anew has the same offsets again. */
      identity: z.string().optional(),
    }),
    /** Consumer group of whoever could not handle it. */
    consumer: z.string(),
    /** The error's stack, where it failed in the handler. */
    stack: z.string().nullable(),
    /** Bytes of the value; more than there are where it was too large to be sent on. */
    value_bytes: z.int(),
    parked_at: Timestamp,
  })
  .meta({ id: 'ParkedHeader' });
export type ParkedHeader = z.infer<typeof ParkedHeader>;
