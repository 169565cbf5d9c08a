import { z } from 'zod';
import { ratchet } from '../command-line.js';
import { DeadLetter, RejectionReason } from '../events/feedback.js';
import { Reason, Timestamp, Uuid } from '../primitives.js';
import { defineOperations } from './operation.js';
import { limit } from './parameters.js';

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

/** Which refused messages, and why they are dealt with; the audit log has it, whoever asks. */
const Chosen = z.object({
  reason: RejectionReason.optional(),
  topic: z.string().optional(),
  ids: z.array(Uuid).optional(),
  why: Reason.optional(),
});

/** `POST /v1/dead-letters/replay`: which to send again; all that wait if nothing is named. */
export const ReplayBody = Chosen.meta({ id: 'ReplayBody' });
export type ReplayBody = z.infer<typeof ReplayBody>;

/** Of those named by their ids, how many had been sent before and do not wait any more. Left out by older releases. */
const sent_before = z.int().optional();

export const ReplayAccepted = z.object({ replayed: z.int(), sent_before }).meta({ id: 'ReplayAccepted' });
export type ReplayAccepted = z.infer<typeof ReplayAccepted>;

/** `POST /v1/dead-letters/drop`: unlike a replay it has to be told which. */
export const DropBody = Chosen.extend({ ids: z.array(Uuid).min(1).optional() })
  .refine(
    ({ reason, topic, ids }) => reason !== undefined || topic !== undefined || ids !== undefined,
    `expected a reason, a topic or ids; "${ratchet('dlq list', null)}" shows which there are`,
  )
  .meta({ id: 'DropBody' });
export type DropBody = z.infer<typeof DropBody>;

/** What became of it. */
export const DropAccepted = z.object({ dropped: z.int(), sent_before }).meta({ id: 'DropAccepted' });
export type DropAccepted = z.infer<typeof DropAccepted>;

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

/** Something that happened to a partition of a stream and that ingest had to deal with. */
export const StreamIncident = z
  .object({
    incident_id: Uuid,
    /** `lost`: retention removed messages before they were read; `remade`: it is another topic of that name; `truncated`: it lost its end. */
    kind: z.enum(['remade', 'truncated', 'lost']),
    topic: z.string(),
    partition: z.int(),
    /** Where ingest was. */
    from_offset: z.string(),
    /** Where it went on: of what was lost, the offset behind the last. */
    to_offset: z.string(),
    /** Ids of the cluster and the topic that it had read; null where that was not kept yet. */
    known_identity: z.string().nullable(),
    /** … and of those that it found. */
    found_identity: z.string(),
    seen_at: Timestamp,
  })
  .meta({ id: 'StreamIncident' });
export type StreamIncident = z.infer<typeof StreamIncident>;

/** `GET /v1/dead-letters/{id}`: one message that was refused, whole. */
export const DeadLetterDetail = DeadLetter.extend({
  /** As text, for people. */
  headers: z.record(z.string(), z.string()),
  /** As they were: bytes in base64, null for a header without a value. */
  raw_headers: z.array(z.object({ name: z.string(), value_base64: z.string().nullable() })),
  /** Consumer group of whoever could not handle it; null for what could not be read. */
  consumer: z.string().nullable(),
  /** Where the handler failed. */
  stack: z.string().nullable(),
  replayed_at: Timestamp.nullable(),
  replays: z.int(),
}).meta({ id: 'DeadLetterDetail' });
export type DeadLetterDetail = z.infer<typeof DeadLetterDetail>;

/** A refused message in which a text was found. */
export const FoundDeadLetter = z
  .object({
    id: Uuid,
    reason: RejectionReason,
    field: z.string().nullable(),
    detail: z.string(),
    source: DeadLetter.shape.source,
    key: z.string().nullable(),
    /** Of the value, 200 characters around the text. */
    excerpt: z.string(),
    received_at: Timestamp,
    replayed_at: Timestamp.nullable(),
  })
  .meta({ id: 'FoundDeadLetter' });
export type FoundDeadLetter = z.infer<typeof FoundDeadLetter>;

/** What came in by Kafka, and what of it was refused. */
export const FEEDBACK_OPERATIONS = defineOperations({
  listDeadLetters: {
    method: 'GET',
    path: '/v1/dead-letters',
    tag: 'dead letters',
    access: 'viewer',
    summary: 'Messages that were refused, by reason and topic, each with an example.',
    query: z.object({ reason: RejectionReason.optional(), topic: z.string().optional() }),
    replies: [{ status: 200, description: 'Most waiting first.', schema: z.array(DeadLetterGroup) }],
  },
  searchDeadLetters: {
    method: 'GET',
    path: '/v1/dead-letters/search',
    tag: 'dead letters',
    access: 'viewer',
    summary: 'Messages that were refused and hold a text: a task, a host, a word of the error.',
    description: 'Looks into value, key and what was expected, as they are written (upper and lower case differ).',
    query: z.object({
      text: z.string().min(1).max(500),
      reason: RejectionReason.optional(),
      topic: z.string().optional(),
      limit,
    }),
    replies: [{ status: 200, description: 'Newest first.', schema: z.array(FoundDeadLetter) }],
  },
  readDeadLetter: {
    method: 'GET',
    path: '/v1/dead-letters/{id}',
    tag: 'dead letters',
    access: 'viewer',
    summary: 'One message that was refused, whole.',
    params: z.object({ id: Uuid }),
    replies: [{ status: 200, description: 'With its bytes, base64.', schema: DeadLetterDetail }],
    problems: { 404: 'There is no such dead letter.' },
  },
  replayDeadLetters: {
    method: 'POST',
    path: '/v1/dead-letters/replay',
    tag: 'dead letters',
    access: 'operator',
    slow: true,
    summary: 'Sends messages that were refused to their topics again.',
    description: 'A message is sent again once; what was taken meanwhile is recognised.',
    body: { description: 'Which; all that wait if nothing is named.', schema: ReplayBody, optional: true },
    replies: [{ status: 200, description: 'How many were sent.', schema: ReplayAccepted }],
  },
  dropDeadLetters: {
    method: 'POST',
    path: '/v1/dead-letters/drop',
    tag: 'dead letters',
    access: 'operator',
    slow: true,
    summary: 'Forgets messages that were refused, bytes and all.',
    description: 'Only what has not been replayed. There is no way back.',
    body: { description: 'Which; a reason, a topic or ids have to be named.', schema: DropBody },
    replies: [{ status: 200, description: 'How many were dropped.', schema: DropAccepted }],
  },
  readFeedbackSources: {
    method: 'GET',
    path: '/v1/metrics/feedback',
    tag: 'metrics',
    access: 'viewer',
    summary: 'What each topic has brought, how fast, and how far behind its reader is.',
    replies: [{ status: 200, description: 'By topic.', schema: z.array(FeedbackSource) }],
  },
  listStreamIncidents: {
    method: 'GET',
    path: '/v1/metrics/feedback/incidents',
    tag: 'metrics',
    access: 'viewer',
    summary: 'Messages that retention removed before they were read, and topics that were made anew.',
    query: z.object({ limit }),
    replies: [{ status: 200, description: 'Newest first.', schema: z.array(StreamIncident) }],
  },
});
