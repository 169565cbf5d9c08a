// An automation engine's side of Ratchet, in JavaScript or TypeScript: ask what to do, do it, tell how it went.
//
//   npm i kafkajs
//   KAFKA_BROKERS=127.0.0.1:9092 SERVING_URL=http://127.0.0.1:7410 node engine.mjs
import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';

const {
  KAFKA_TOPIC_PREFIX = '',
  KAFKA_BROKERS = '127.0.0.1:9092',
  SERVING_URL = 'http://127.0.0.1:7410',
  SERVING_TOKEN,
} = process.env;
const kafka = new Kafka({ clientId: 'my-engine', brokers: KAFKA_BROKERS.split(','), logLevel: logLevel.ERROR });
const producer = kafka.producer({ idempotent: true });

/** What the live model recommends: decision, confidence, probabilities, model_version, prediction_id. */
async function decide(task_id, site) {
  const response = await fetch(`${SERVING_URL}/v1/decide`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(SERVING_TOKEN ? { authorization: `Bearer ${SERVING_TOKEN}` } : {}),
    },
    body: JSON.stringify({ task_id, features: site }),
    signal: AbortSignal.timeout(2000),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response.json();
}

/** Publishes one outcome. With an id of its own, sending it again changes nothing. */
function tell(outcome) {
  const headers = {
    ce_specversion: '1.0',
    ce_id: randomUUID(),
    ce_type: 'automation.outcomes',
    ce_source: 'my-engine',
    'content-type': 'application/json',
  };
  // The key keeps one task's outcomes in order.
  const message = { key: String(outcome.task_id), value: JSON.stringify(outcome), headers };
  return producer.send({ topic: `${KAFKA_TOPIC_PREFIX}automation.outcomes`, acks: -1, messages: [message] });
}

/** Your work: true if it succeeded. */
const carryOut = async (_action, site) => site.da % 2 === 0;

await producer.connect();
const tasks = Number(process.env.TASKS ?? 10);
for (let n = 0; n < tasks; n++) {
  const task_id = `${process.env.PREFIX ?? 'task'}-${n}`;
  const site = { url: `https://forum${n}.example.org/t/${n}`, da: 20 + n };
  // No answer in time: your own rule, as before.
  const answer = await decide(task_id, site).catch(() => null);
  const action = answer?.decision ?? 'forum';
  const started = Date.now();
  const success = await carryOut(action, site);
  await tell({
    task_id,
    timestamp: new Date().toISOString(),
    action_attempted: action,
    result: success ? 'success' : 'failed',
    failure_reason: success ? null : 'captcha_failed',
    execution_time: (Date.now() - started) / 1000,
    features: site,
    ...(answer === null ? {} : { prediction_id: answer.prediction_id, model_version: answer.model_version }),
  });
}
await producer.disconnect();
console.log(JSON.stringify({ told: tasks }));
