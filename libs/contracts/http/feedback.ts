import { z } from 'zod';
import { DeadLetter, RejectionReason } from '../events/feedback.js';
import { Timestamp, Uuid } from '../primitives.js';

/** Messages of one source topic that were refused for one reason. */
export const DeadLetterGroup = z
  .object({
    reason: RejectionReason,
    topic: z.string(),
    /** Not replayed yet. */
    waiting: z.int(),
    replayed: z.int(),
    first_at: Timestamp,
    last_at: Timestamp,
    example: z.object({ id: Uuid, field: z.string().nullable(), detail: z.string(), value: z.string() }),
  })
  .meta({ id: 'DeadLetterGroup' });
export type DeadLetterGroup = z.infer<typeof DeadLetterGroup>;

/** `POST /v1/dead-letters/replay`: which to send again; all that wait if nothing is named. */
export const ReplayBody = z
  .object({ reason: RejectionReason.optional(), topic: z.string().optional(), ids: z.array(Uuid).optional() })
  .meta({ id: 'ReplayBody' });
export type ReplayBody = z.infer<typeof ReplayBody>;

export const ReplayAccepted = z.object({ replayed: z.int() }).meta({ id: 'ReplayAccepted' });
export type ReplayAccepted = z.infer<typeof ReplayAccepted>;

/** One source of feedback: how much came, how fast, and how far behind its reader is. */
export const FeedbackSource = z
  .object({
    topic: z.string(),
    events: z.int(),
    /** Over the last five minutes. */
    per_minute: z.number(),
    /** Messages in the topic that are not stored yet; null when unknown. */
    lag: z.int().nullable(),
    last_received_at: Timestamp.nullable(),
  })
  .meta({ id: 'FeedbackSource' });
export type FeedbackSource = z.infer<typeof FeedbackSource>;

/** `GET /v1/dead-letters/{id}`: one message that was refused, whole. */
export const DeadLetterDetail = DeadLetter.extend({
  headers: z.record(z.string(), z.string()),
  replayed_at: Timestamp.nullable(),
  replays: z.int(),
}).meta({ id: 'DeadLetterDetail' });
export type DeadLetterDetail = z.infer<typeof DeadLetterDetail>;
