import { expect } from 'vitest';
import type { TestStack } from '../../stack/stack.js';
import type { FaultyStream } from './stream.js';

/** Every valid event is stored once, every broken one is a dead letter once, and each task has its last outcome. */
export async function expectExactlyOnce(
  stack: Pick<TestStack, 'query'>,
  streams: readonly FaultyStream[],
): Promise<void> {
  const wanted = new Set(streams.flatMap(({ eventIds }) => [...eventIds]));
  const stored = await stack.query<{ event_id: string }>('select event_id from feedback.events');
  expect(stored.length).toBe(wanted.size);
  const seen = new Set(stored.map((row) => row.event_id));
  expect(seen.size).toBe(wanted.size);
  expect([...wanted].filter((id) => !seen.has(id))).toEqual([]);

  const reasons = new Map<string, number>();
  for (const { deadLetters } of streams)
    for (const [reason, count] of deadLetters) reasons.set(reason, (reasons.get(reason) ?? 0) + count);
  const letters = await stack.query<{ reason: string; n: number }>(
    'select reason, count(*)::integer as n from feedback.dead_letters group by reason',
  );
  expect(Object.fromEntries(letters.map(({ reason, n }) => [reason, n]))).toEqual(Object.fromEntries(reasons));

  const rows = await stack.query<{ task_id: string; result: string }>(
    'select task_id, result from feedback.training_rows',
  );
  const outcomes = new Map(streams.flatMap((stream) => [...stream.outcomes]));
  expect(rows.length).toBe(outcomes.size);
  expect(rows.filter(({ task_id: id, result }) => outcomes.get(id) !== result)).toEqual([]);
}
