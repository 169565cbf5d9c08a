import { z } from 'zod';
import { defineOperations } from './operation.js';

const Health = z.object({ status: z.enum(['up', 'down']), reason: z.string().optional() }).meta({ id: 'Health' });
/** A consumer of Kafka's messages, as its service sees it. */
export const ConsumerReport = z
  .object({
    /** Its group; a broadcast reader reads for its process alone. */
    consumer: z.string(),
    hears: z.boolean(),
    /** Since when it hears, or does not. */
    since: z.iso.datetime(),
    /** What is in the way; null while it hears. */
    reason: z.string().nullable(),
    /** Messages it has not handled yet, by the broker's count; null before it was asked. */
    lag: z.int().nullable(),
    /** Topics that have some. */
    lag_by_topic: z.record(z.string(), z.int()),
    lag_measured_at: z.iso.datetime().nullable(),
    /** Partitions that stand still because their next message cannot be handled right now, oldest first. */
    blocked: z.array(
      z.object({
        topic: z.string(),
        partition: z.int(),
        offset: z.string(),
        since: z.iso.datetime(),
        error: z.string(),
      }),
    ),
  })
  .meta({ id: 'ConsumerReport' });
export type ConsumerReport = z.infer<typeof ConsumerReport>;

const Readiness = Health.extend({
  release: z.string(),
  checks: z.array(
    z.object({ name: z.string(), status: z.enum(['up', 'degraded', 'down']), reason: z.string().optional() }),
  ),
  /** Everything the service does by itself again and again. */
  loops: z
    .array(
      z.object({
        name: z.string(),
        /** When a step last came to a good end. */
        last_run: z.iso.datetime().nullable(),
        last_failure: z.object({ at: z.iso.datetime(), reason: z.string() }).nullable(),
        running_seconds: z.number().optional(),
        late_seconds: z.number().optional(),
      }),
    )
    .optional(),
  consumers: z.array(ConsumerReport).optional(),
  /** Of a serving instance with SERVING_WORKERS: how many processes there should be, and how many answer. */
  workers: z.object({ wanted: z.int(), answering: z.int() }).optional(),
}).meta({ id: 'Readiness' });

/** What every service answers. */
export const HEALTH_OPERATIONS = defineOperations({
  isLive: {
    method: 'GET',
    path: '/health/live',
    tag: 'operation',
    access: 'none',
    summary: 'The process can do its work, whatever is broken elsewhere.',
    replies: [
      { status: 200, description: 'Up.', schema: Health },
      { status: 503, description: 'Only a new process will help.', schema: Health },
    ],
  },
  isReady: {
    method: 'GET',
    path: '/health/ready',
    tag: 'operation',
    access: 'none',
    summary: 'Everything it needs is there.',
    replies: [
      { status: 200, description: 'Ready.', schema: Readiness },
      { status: 503, description: 'Not ready; each check that fails says why.', schema: Readiness },
    ],
  },
  readMetrics: {
    method: 'GET',
    path: '/metrics',
    tag: 'operation',
    access: 'none',
    summary: 'Prometheus metrics.',
    replies: [{ status: 200, description: 'The text exposition format.', contentType: 'text/plain' }],
  },
});
