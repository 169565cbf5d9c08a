import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FilesystemStore } from '#artifacts/filesystem-store';
import type { TrainingRequested } from '#contracts/events/training';
import { type Run, Run as RunSchema } from '#contracts/http/runs';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { type EventOf, TOPICS, type Topic } from '#contracts/topics';
import { EventProducer } from '#kafka/produce/producer';
import { until } from '../../deploy/local/until.js';
import type { TestStack } from '../stack/stack.js';

/** Adds tasks to the dataset as feedback-ingest would have; what succeeds can be learnt from `da` and the site's type. */
const INSERT_TASKS = `
insert into feedback.tasks (model, task_id, event_id, kind, occurred_at, time_source, received_at, action, result,
  outcome_features, outcome_lines, shadow_lines, first_received_at)
select $3, 'task-' || i, gen_random_uuid(), 'automation', timestamptz '2026-01-01' + i * interval '1 second', 'event',
  timestamptz '2026-02-01', action,
  case when da * 0.008 + case when action = site_type then 0.4 else 0.0 end + (hashtext('n' || i) & 1023) / 1023.0 * 0.4 > 0.7
    then 'success' else 'failed' end,
  jsonb_build_object('url', 'https://site' || (i % 97) || '.example.' || tld || '/a/' || i, 'da', da, 'site_type', site_type,
    'requires_login', case when i % 3 = 0 then 'yes' when i % 3 = 1 then 'no' end,
    'platform_guess', 'platform-' || (hashtext('p' || i) & 7)),
  1, 0, timestamptz '2026-02-01'
from (
  select i, (array['comment', 'profile', 'forum', 'guest'])[1 + (hashtext('a' || i) & 3)] as action,
    (array['comment', 'profile', 'forum', 'guest'])[1 + (hashtext('s' || i) & 3)] as site_type,
    (array['com', 'org', 'net', 'dev'])[1 + (hashtext('t' || i) & 3)] as tld,
    hashtext('d' || i) & 100 as da
  from generate_series($1::int, $2::int) as i) made`;

export async function addTasks(stack: TestStack, from: number, to: number, model = DEFAULT_MODEL): Promise<void> {
  await stack.query(INSERT_TASKS, [from, to, model]);
}

export const artifactsOf = (stack: TestStack): FilesystemStore =>
  new FilesystemStore(pathToFileURL(join(stack.home, 'artifacts')));

/** Collects everything on some topics, from their beginning. */
export class EventLog {
  private readonly events: { topic: string; value: unknown }[] = [];
  private constructor(private readonly close: () => Promise<void>) {}

  static async open(stack: TestStack, topics: readonly Topic[]): Promise<EventLog> {
    const consumer = stack.kafka.consumer({ groupId: `test-${randomUUID()}`, maxWaitTimeInMs: 50 });
    const log = new EventLog(() => consumer.disconnect());
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ topic, message }) => {
        log.events.push({ topic, value: JSON.parse(message.value?.toString() ?? 'null') });
      },
    });
    return log;
  }

  of<T extends Topic>(topic: T): EventOf<T>[] {
    const schema: (typeof TOPICS)[T]['schema'] = TOPICS[topic].schema;
    return this.events.filter((event) => event.topic === topic).map(({ value }) => schema.parse(value) as EventOf<T>);
  }

  stop(): Promise<void> {
    return this.close();
  }
}

const RUN = `
select r.*, null as version, null as verdict from training.run_overview r where request_id = $1`;

export async function runOf(stack: TestStack, requestId: string): Promise<Run | null> {
  const [row] = await stack.query(RUN, [requestId]);
  if (!row) return null;
  const text = (at: unknown): unknown => (at instanceof Date ? at.toISOString() : at);
  return RunSchema.parse({
    ...row,
    queued_at: text(row.queued_at),
    started_at: text(row.started_at),
    finished_at: text(row.finished_at),
  });
}

/** Waits until a run has ended, one way or the other. */
export function endOf(stack: TestStack, requestId: string, deadlineMs = 150_000): Promise<Run> {
  return until(
    `run of request ${requestId} to end`,
    async () => {
      const run = await runOf(stack, requestId);
      return run !== null && run.state !== 'queued' && run.state !== 'running' ? run : null;
    },
    { deadlineMs },
  );
}

/** Asks for trainings, as anybody may. */
export class Asker {
  private readonly producer: EventProducer;

  constructor(private readonly stack: TestStack) {
    this.producer = new EventProducer({ kafka: stack.kafka, source: 'test', logger: stack.logger });
  }

  async ask(changes: Partial<TrainingRequested> = {}): Promise<string> {
    const request: TrainingRequested = {
      request_id: randomUUID(),
      model: DEFAULT_MODEL,
      trigger: 'api',
      actor: 'test',
      requested_at: new Date().toISOString(),
      auto_deploy: true,
      ...changes,
    };
    await this.producer.publish('training.requested', request);
    return request.request_id;
  }

  /** Asks and waits for the end. */
  async train(changes: Partial<TrainingRequested> = {}): Promise<Run> {
    return endOf(this.stack, await this.ask(changes));
  }

  close(): Promise<void> {
    return this.producer.disconnect();
  }
}
