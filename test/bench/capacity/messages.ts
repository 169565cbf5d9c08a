import { randomUUID } from 'node:crypto';
import type { Kafka } from '#kafka/client/connection';
import { RawProducer } from '#kafka/produce/raw-producer';

export const MODEL = 'sized';
export const ACTIONS = ['comment', 'profile', 'forum', 'guest'];
/** Messages in one batch, about as many as a busy producer gathers. */
const AT_ONCE = 500;

/** Evenly spread over [0, 1), the same each time: what repeats would compress better than what people measure. */
function spread(row: number, place: number): number {
  let mixed = Math.imul(row + 1, 0x9e3779b1) ^ Math.imul(place + 1, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
}

/** What every fifth feature is: two numbers, a flag, a category, a whole number. Names and values as long as people's are. */
const featureOf = (place: number, row: number): unknown => {
  const value = spread(row, place);
  return [
    Math.round(value * 100_000) / 1000,
    Math.round(value * 1000) / 10,
    value < 0.4,
    `category-${Math.floor(value * 40)}`,
    Math.floor(value * 5000),
  ][place % 5];
};

export const featureNames = (count: number): string[] => Array.from({ length: count }, (_, i) => `feature_${i}`);

const featuresOf = (names: readonly string[], row: number): Record<string, unknown> =>
  Object.fromEntries(names.map((name, place) => [name, featureOf(place, row)]));

export interface Task {
  readonly id: string;
  readonly row: number;
  readonly prediction: string;
}

export const tasksOf = (round: string, count: number): Task[] =>
  Array.from({ length: count }, (_, row) => ({ id: `task-${round}-${row}`, row, prediction: randomUUID() }));

const at = (row: number): string => new Date(Date.UTC(2026, 0, 1) + row * 1000).toISOString();

/** What serving logs of a decision. */
export const prediction = ({ id, row, prediction: prediction_id }: Task, names: readonly string[]) => ({
  prediction_id,
  task_id: id,
  predicted_at: at(row),
  instance: 'ratchet-serving-7d9f8c6b5-x2x7k',
  model: MODEL,
  version: 'v1.12.0',
  generation: 41,
  role: 'live',
  decision: ACTIONS[Math.floor(spread(row, -6) * 4)],
  probabilities: Object.fromEntries(ACTIONS.map((action, i) => [action, spread(row, -2 - i)])),
  propensity: 0.9625,
  site: featuresOf(names, row),
});

/** What an engine tells of a task; with features where it did not ask serving. */
export const outcome = ({ id, row, prediction: prediction_id }: Task, own: readonly string[] | null) => ({
  model: MODEL,
  timestamp: at(row),
  task_id: id,
  domain: `site${Math.floor(spread(row, -11) * 5000)}.example.org`,
  action_attempted: ACTIONS[row % 4],
  result: spread(row, -12) < 0.3 ? 'failed' : 'success',
  failure_reason: spread(row, -12) < 0.3 ? 'captcha_failed' : null,
  execution_time: Math.round(spread(row, -10) * 900) / 10,
  retry_count: 0,
  ...(own ? { features: featuresOf(own, row) } : { prediction_id }),
});

/** What serving's messages say of themselves; engines need not. */
const headersOf = ({ row, prediction: id }: Task): Record<string, Buffer> =>
  Object.fromEntries(
    Object.entries({
      'content-type': 'application/json',
      ce_specversion: '1.0',
      ce_id: id,
      ce_type: 'predictions',
      ce_source: 'ratchet/serving',
      ce_time: at(row),
    }).map(([name, value]) => [name, Buffer.from(value)]),
  );

/** Sends one message for each task. */
export async function send(
  kafka: Kafka,
  topic: 'automation.outcomes' | 'predictions',
  tasks: readonly Task[],
  valueOfTask: (task: Task) => unknown,
): Promise<void> {
  const producer = new RawProducer(kafka);
  for (let i = 0; i < tasks.length; i += AT_ONCE)
    await producer.send(
      topic,
      tasks.slice(i, i + AT_ONCE).map((task) => ({
        key: Buffer.from(task.id),
        value: Buffer.from(JSON.stringify(valueOfTask(task))),
        headers: topic === 'predictions' ? headersOf(task) : {},
      })),
    );
  await producer.disconnect();
}
