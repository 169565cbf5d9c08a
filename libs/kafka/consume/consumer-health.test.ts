import { register } from 'prom-client';
import { expect, it } from 'vitest';
import { ConsumerHealth, type Consuming } from './consumer-health.js';

/** A consumer that has been deaf for so long; 0 for one that hears. */
const consumer = (name: string, deafSeconds: number): Consuming => ({
  name,
  health: () => (deafSeconds === 0 ? null : 'hears nothing'),
  deafSince: () => (deafSeconds === 0 ? null : new Date(Date.now() - deafSeconds * 1000)),
});

const trouble = (...consumers: Consuming[]): string | null =>
  new ConsumerHealth(consumers, { patienceMs: 1, answers: async () => true }).trouble();

it.each([
  ['all hear', [0, 0], true, null],
  ['one is coming back', [0, 100], true, null],
  ['one does not come back while a broker answers', [0, 130], true, /^second has heard nothing from Kafka for 130 s/],
  ['no broker answers', [130, 130], false, null],
])('when %s', async (_, [first = 0, second = 0], answers, expected) => {
  const health = new ConsumerHealth([consumer('first', first), consumer('second', second)], {
    patienceMs: 120_000,
    answers: async () => answers,
  });
  if (expected === null) expect(await health.lost()).toBeNull();
  else expect(await health.lost()).toMatch(expected);
});

it('says what is in the way, of whom where there are several, and for how long in the metrics', async () => {
  expect(trouble(consumer('only', 5))).toBe('hears nothing');
  expect(trouble(consumer('a', 5), consumer('b', 0), consumer('c', 6))).toBe('a hears nothing; c hears nothing');
  expect(trouble(consumer('a', 0))).toBeNull();
  trouble(consumer('watched', 40));
  const shown = await register.getSingleMetric('ratchet_consumer_deaf_seconds')?.get();
  expect(shown?.values.find(({ labels }) => labels.consumer === 'watched')?.value).toBeGreaterThanOrEqual(40);
});
