import { DEFAULT_MODEL } from '#contracts/primitives';
import type { Kafka } from '#kafka/client/connection';
import { RawProducer } from '#kafka/produce/raw-producer';

const ACTIONS = ['comment', 'profile', 'forum', 'guest'];
const REASONS = ['captcha_failed', 'timeout', 'blocked', 'element_not_found'];
const AT_ONCE = 5_000;

/** An outcome as an engine writes it; every fifth is a retry of a task before it. */
export function outcome(i: number): { key: string; value: string } {
  const task = i % 5 === 4 ? i - 4 : i;
  const failed = i % 3 === 0;
  const value = JSON.stringify({
    timestamp: new Date(Date.UTC(2026, 0, 1) + i * 100).toISOString(),
    task_id: task,
    domain: `site${i % 5000}.example.org`,
    action_attempted: ACTIONS[i % 4],
    result: failed ? 'failed' : 'success',
    failure_reason: failed ? REASONS[i % 7 === 0 ? 0 : i % 4] : null,
    captcha_type: failed && i % 4 === 0 ? 'recaptcha_v2' : null,
    execution_time: (i % 900) / 10,
    retry_count: i % 5 === 4 ? 1 : 0,
  });
  return { key: String(task), value };
}

/** A decision as serving logs it, with 25 features. */
export function prediction(i: number): { key: string; value: string } {
  const site: Record<string, unknown> = {
    pa: i % 100,
    da: (i % 1000) / 10,
    site_type: 'blog',
    requires_login: i % 2 === 0,
  };
  for (let n = Object.keys(site).length; n < 25; n++) site[`feature_${n}`] = n % 2 === 0 ? (i * n) % 997 : `value ${n}`;
  const value = JSON.stringify({
    prediction_id: `00000000-0000-4000-8000-${i.toString(16).padStart(12, '0')}`,
    model: DEFAULT_MODEL,
    task_id: String(i),
    predicted_at: new Date(Date.UTC(2026, 0, 1) + i * 100).toISOString(),
    instance: 'serving-1',
    version: 'v1.2.0',
    generation: 3,
    role: 'live',
    site,
    decision: ACTIONS[i % 4],
    probabilities: Object.fromEntries(ACTIONS.map((action, n) => [action, 1 / (n + 1 + (i % 7))])),
    propensity: 0.9625,
  });
  return { key: String(i), value };
}

const MAKERS = { 'automation.outcomes': outcome, predictions: prediction } as const;
export type BenchTopic = keyof typeof MAKERS;

/** Writes messages number `from` to `to` (not included) to their topic. */
export async function produceMessages(kafka: Kafka, topic: BenchTopic, from: number, to: number): Promise<void> {
  const producer = new RawProducer(kafka);
  for (let i = from; i < to; i += AT_ONCE) {
    const messages = Array.from({ length: Math.min(AT_ONCE, to - i) }, (_, n) => MAKERS[topic](i + n));
    await producer.send(
      topic,
      messages.map(({ key, value }) => ({ key: Buffer.from(key), value: Buffer.from(value), headers: {} })),
    );
  }
  await producer.disconnect();
}
