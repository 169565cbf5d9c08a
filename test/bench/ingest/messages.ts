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

/** Writes outcomes number `from` to `to` (not included) to their topic. */
export async function produceOutcomes(kafka: Kafka, from: number, to: number): Promise<void> {
  const producer = new RawProducer(kafka);
  for (let i = from; i < to; i += AT_ONCE) {
    const messages = Array.from({ length: Math.min(AT_ONCE, to - i) }, (_, n) => outcome(i + n));
    await producer.send(
      'automation.outcomes',
      messages.map(({ key, value }) => ({ key: Buffer.from(key), value: Buffer.from(value), headers: {} })),
    );
  }
  await producer.disconnect();
}
