import { z } from 'zod';
import { ModelName } from '../primitives.js';
import { defineOperations } from './operation.js';

/** One server-sent event of `GET /v1/events`: `event` is the topic, `data` the message value. */
export const ServerSentEvent = z.object({ topic: z.string(), data: z.unknown() }).meta({ id: 'ServerSentEvent' });

/** What happens, as it happens. */
export const EVENT_OPERATIONS = defineOperations({
  followEvents: {
    method: 'GET',
    path: '/v1/events',
    tag: 'events',
    access: 'viewer',
    summary: 'Server-sent events: progress, verdicts, deployments and acknowledgements as they happen.',
    description:
      'Each event is named for its Kafka topic; its data is the message value, as docs/asyncapi.yaml describes it. An event named `deployment` carries a deployment as it now is, with each further acknowledgement. A comment line comes every ten seconds: where nothing at all has come for thirty, the registry is gone or stands still.',
    query: z.object({ model: ModelName.optional() }),
    replies: [{ status: 200, description: 'A stream that stays open.', contentType: 'text/event-stream' }],
  },
});
