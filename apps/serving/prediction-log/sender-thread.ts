import { getPriority, setPriority } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { createKafka } from '#kafka/client/connection';
import { REQUEST_BYTES } from '#kafka/produce/in-requests';
import { RawProducer } from '#kafka/produce/raw-producer';
import { createLogger } from '#platform/logging';
import { WakeUp } from '#platform/loop/wake-up';
import { preciseNow } from '#platform/tracing/tracing';
import type { SenderNews, SenderSettings } from './messages.js';
import { RingReader } from './ring.js';

/**
 * The thread that sends predictions. Encoding, compressing and Kafka's protocol happen here, with a connection and a producer of its
 * own; the answering thread only puts bytes into the ring.
 */
const port = parentPort;
if (port === null) throw new Error('sender-thread is run by PredictionLog as a worker thread');

/** Predictions go out together, this late at most. */
const PAUSE_MS = 100;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 1000;

const settings: SenderSettings = workerData;
const { kafka: config, instance } = settings;
/**
 * What goes out together at most. Compressed it is a fifth or less, so that it fits even if all of it is of one partition; where it is
 * not, it is sent again in halves.
 */
const TOGETHER_BYTES = config.KAFKA_COMPRESSION === 'none' ? REQUEST_BYTES : 4 * REQUEST_BYTES;
const ring = new RingReader(settings.ring);
const logger = createLogger('serving', settings.logLevel).child({ instance });
const producer = new RawProducer(createKafka(config, `serving-${instance}`, logger));
const tell = (news: SenderNews): void => port.postMessage(news);

const wakeUp = new WakeUp();
port.on('message', () => wakeUp.wake());

/** A fifth of a core is left to it where answers take all there is: enough for 50,000 predictions a second. */
const NICER_THAN_ANSWERS = 5;
const NICEST = 19;
// Elsewhere than on Linux this would be the whole process's.
if (process.platform === 'linux') setPriority(Math.min(NICEST, getPriority() + NICER_THAN_ANSWERS));

function namesOf(value: string): { id: string; task: string; model: string } {
  const { prediction_id, task_id, model } = JSON.parse(value);
  return { id: prediction_id, task: task_id, model };
}

/** Sends what is oldest, up to a request's worth. Throws what may pass; then all of it is sent again, under the same ids. */
async function sendSome(): Promise<void> {
  const from = preciseNow();
  const batch = ring.oldest(TOGETHER_BYTES);
  const { records } = batch;
  const refused = new Map<number, unknown>();
  await producer.sendWritten('predictions', records, (position, error) => refused.set(position, error));
  for (const [position, error] of refused) {
    const { id, task, model } = namesOf(records.valueAt(position));
    logger.error({ err: error, prediction_id: id, task_id: task, model }, 'a prediction cannot be logged');
  }
  if (settings.traces) {
    const answers = [];
    for (let i = 0; i < records.length; i++)
      if (records.isTraced(i) && !refused.has(i)) answers.push(namesOf(records.valueAt(i)));
    if (answers.length > 0) tell({ kind: 'published', answers, from, to: preciseNow() });
  }
  ring.settle(batch, refused.size);
}

let retryMs = FIRST_RETRY_MS;
let failing = false;

while (!ring.closing || ring.waiting > 0) {
  wakeUp.clear();
  if (ring.fallAsleep()) {
    await wakeUp.sleep(2 ** 31 - 1);
    continue;
  }
  // Several together, unless there is as many already.
  if (!ring.closing && ring.used < TOGETHER_BYTES) await wakeUp.sleep(PAUSE_MS);
  try {
    do await sendSome();
    while (ring.used >= TOGETHER_BYTES);
    retryMs = FIRST_RETRY_MS;
    if (failing) tell({ kind: 'works' });
    failing = false;
  } catch (error) {
    failing = true;
    tell({ kind: 'failing', reason: error instanceof Error ? error.message : String(error) });
    await pause(retryMs);
    retryMs = Math.min(2 * retryMs, LONGEST_RETRY_MS);
  }
}
await producer.disconnect();
port.close();
