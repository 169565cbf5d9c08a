import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../../deploy/local/until.js';
import { feedbackProducer, ingestedUpTo } from '../stack/feedback.js';
import { IngestProcess } from '../stack/ingest-process.js';
import { longForm } from '../stack/long-form.js';
import { useStack } from '../stack/use-stack.js';
import { expectExactlyOnce } from './ingest/check.js';
import { type FaultyStream, faultyStream, random } from './ingest/stream.js';

const EVENTS = longForm(200_000, 60_000);
const KILLS = longForm(20, 9);
/** The kills after which Postgres is restarted, too. */
const RESTARTS: readonly number[] = [longForm(6, 2), longForm(13, 6)];
const SENDING_MS = longForm(90_000, 30_000);
const MINUTES = 60_000;

const stack = useStack('faults-ingest', { services: [], infrastructure: 'own' });
const processes = new Set<IngestProcess>();
const sent: FaultyStream[] = [];

async function launch(name: string): Promise<IngestProcess> {
  const ingest = await IngestProcess.launch(stack(), name);
  processes.add(ingest);
  return ingest;
}

async function end(ingest: IngestProcess, signal: NodeJS.Signals): Promise<number | null> {
  const code = await ingest.end(signal);
  processes.delete(ingest);
  return code;
}

afterEach(async () => {
  for (const ingest of processes) {
    ingest.signal('SIGCONT');
    await end(ingest, 'SIGKILL');
  }
});

/** How far all partitions are, as one number. */
async function position(): Promise<number> {
  const [row] = await stack().query<{ n: string | null }>('select sum(next_offset) as n from feedback.offsets');
  return Number(row?.n ?? 0);
}

async function allowLargeMessages(): Promise<void> {
  const admin = stack().kafka.admin();
  await admin.connect();
  await admin
    .alterConfigs({
      validateOnly: false,
      resources: [
        {
          // kafkajs: ConfigResourceTypes.TOPIC
          type: 2,
          name: 'automation.outcomes',
          configEntries: [{ name: 'max.message.bytes', value: String(16 * 1024 * 1024) }],
        },
      ],
    })
    .finally(() => admin.disconnect());
}

/** Sends a stream in small portions, so that it takes about as long as asked. */
async function sendOver(stream: FaultyStream, milliseconds: number): Promise<void> {
  const producer = await feedbackProducer(stack());
  const portion = 1000;
  const wait = (milliseconds * portion) / stream.messages.length;
  for (let i = 0; i < stream.messages.length; i += portion) {
    await producer.send('automation.outcomes', stream.messages.slice(i, i + portion));
    await pause(wait);
  }
  await producer.close();
}

describe('feedback-ingest, whatever happens to it', () => {
  it(
    'stores every event once and every broken one as a dead letter, through kills and restarts of Postgres',
    async () => {
      await allowLargeMessages();
      const stream = faultyStream({ seed: 1, events: EVENTS });
      sent.push(stream);
      expect(stream.deadLetters.size).toBeGreaterThanOrEqual(13);
      const next = random(2);
      let sending = true;
      const sender = sendOver(stream, SENDING_MS).finally(() => {
        sending = false;
      });
      for (let kill = 0; kill < KILLS; kill++) {
        const ingest = await launch('killed');
        if (kill % 4 === 3) await pause(next() * 2_000);
        else {
          // In the middle of the work: some time after it has begun to move.
          const before = await position();
          await until('progress', async () => (await position()) > before || !sending, { deadlineMs: 120_000 });
          await pause(next() * 400);
        }
        await end(ingest, 'SIGKILL');
        if (RESTARTS.includes(kill)) {
          await stack().halt('postgres');
          await stack().resume('postgres');
        }
      }
      await sender;
      const last = await launch('last');
      await ingestedUpTo(stack(), 'automation.outcomes', 5 * MINUTES);
      await expectExactlyOnce(stack(), sent);
      expect(await end(last, 'SIGTERM')).toBe(0);
    },
    20 * MINUTES,
  );

  it(
    'shares the partitions with a second instance, and fences a third that was frozen while they moved',
    async () => {
      const stream = faultyStream({ seed: 3, events: longForm(60_000, 30_000) });
      sent.push(stream);
      const [first, second, third] = [await launch('first'), await launch('second'), await launch('third')];
      await Promise.all([first.ready(), second.ready(), third.ready()]);
      const sender = sendOver(stream, 45_000);
      const before = await position();
      await until('progress', async () => (await position()) > before, { deadlineMs: 120_000 });
      // Longer than its session lasts: the others take its partitions and go on.
      third.signal('SIGSTOP');
      await pause(20_000);
      third.signal('SIGCONT');
      await sender;
      await ingestedUpTo(stack(), 'automation.outcomes', 5 * MINUTES);
      await expectExactlyOnce(stack(), sent);
      expect(third.running).toBe(true);
      for (const ingest of [first, second, third]) expect(await end(ingest, 'SIGTERM')).toBe(0);
    },
    20 * MINUTES,
  );
});
