import { z } from 'zod';
import { Timestamp } from '../primitives.js';
import { defineOperations } from './operation.js';

/** How people are told of alerts; each is a file of `apps/registry/alerts/channels`. */
export const CHANNELS = ['slack', 'teams', 'mail', 'webhook', 'alertmanager'] as const;
export type ChannelName = (typeof CHANNELS)[number];

/** `GET /v1/alerts/channels`: a channel that is configured. */
export const AlertChannel = z
  .object({
    /** One of CHANNELS; a newer registry may know more. */
    channel: z.string(),
    /** Where it leads, without what is secret: a host, or addresses. */
    place: z.string(),
    /** News that it has not taken yet. */
    waiting: z.int(),
    /** Why it did not take the latest of them; null while it takes them. */
    problem: z.string().nullable(),
    /** When it last took something. */
    delivered_at: Timestamp.nullable(),
  })
  .meta({ id: 'AlertChannel' });
export type AlertChannel = z.infer<typeof AlertChannel>;

/** `POST /v1/alerts/test`: what became of the test in one channel. */
export const ChannelTest = z
  .object({
    channel: z.string(),
    place: z.string(),
    delivered: z.boolean(),
    /** What it answered, without what is secret; null if it was delivered. */
    problem: z.string().nullable(),
  })
  .meta({ id: 'ChannelTest' });
export type ChannelTest = z.infer<typeof ChannelTest>;

/** Who is told of alerts. */
export const ALERT_OPERATIONS = defineOperations({
  listAlertChannels: {
    method: 'GET',
    path: '/v1/alerts/channels',
    tag: 'alerts',
    access: 'viewer',
    summary: 'The channels that alerts are told through, and whether they take them.',
    replies: [{ status: 200, description: 'Those that are configured.', schema: z.array(AlertChannel) }],
  },
  testAlertChannels: {
    method: 'POST',
    path: '/v1/alerts/test',
    tag: 'alerts',
    access: 'operator',
    slow: true,
    summary: 'Sends a test through every channel that is configured, and says for each whether it was taken.',
    replies: [{ status: 200, description: 'What became of it.', schema: z.array(ChannelTest) }],
  },
});
