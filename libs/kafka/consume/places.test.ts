import type { OffsetsByTopicPartition } from 'kafkajs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type HandledBatch, Places } from './places.js';

let told: OffsetsByTopicPartition[] = [];
let failures: unknown[] = [];
let refusal: Error | null = null;

const from = (topic: string, partition: number): HandledBatch => ({
  batch: { topic, partition },
  identity: `cluster-1/${topic}`,
  commitOffsetsIfNecessary: async (offsets) => {
    if (refusal !== null) throw refusal;
    if (offsets !== undefined) told.push(offsets);
  },
});

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  failures = [];
  refusal = null;
});
afterEach(() => void vi.useRealTimers());

describe('places', () => {
  const places = new Places((error) => failures.push(error));

  it('are told together, the last of each partition, and only once', async () => {
    places.set(from('a', 0), 3n);
    places.set(from('a', 1), 7n);
    places.set(from('b', 0), 1n);
    places.set(from('a', 0), 4n);
    expect(told).toEqual([]);
    await vi.runAllTimersAsync();
    const a = {
      topic: 'a',
      partitions: [
        { partition: 0, offset: '4', metadata: 'cluster-1/a' },
        { partition: 1, offset: '7', metadata: 'cluster-1/a' },
      ],
    };
    expect(told).toEqual([
      { topics: [a, { topic: 'b', partitions: [{ partition: 0, offset: '1', metadata: 'cluster-1/b' }] }] },
    ]);
    await places.tell();
    expect(told).toHaveLength(1);
  });

  it('are told at once when asked', async () => {
    places.set(from('a', 0), 3n);
    await places.tell();
    expect(told).toEqual([
      { topics: [{ topic: 'a', partitions: [{ partition: 0, offset: '3', metadata: 'cluster-1/a' }] }] },
    ]);
  });

  it('of before an assignment are forgotten', async () => {
    places.set(from('a', 0), 3n);
    places.forget();
    await vi.runAllTimersAsync();
    expect(told).toEqual([]);
  });

  it('that the broker does not take are given up, and the next ones told', async () => {
    refusal = new Error('no coordinator');
    places.set(from('a', 0), 3n);
    await places.tell();
    expect(failures).toEqual([refusal]);
    refusal = null;
    places.set(from('a', 0), 4n);
    await places.tell();
    expect(told).toEqual([
      { topics: [{ topic: 'a', partitions: [{ partition: 0, offset: '4', metadata: 'cluster-1/a' }] }] },
    ]);
  });
});
