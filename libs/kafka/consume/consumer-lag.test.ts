import type { Admin } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { committedPlaces, lagBehind } from './consumer-lag.js';

/** A broker of one topic with three partitions that hold offsets 10 to 19. */
const broker = (committed: readonly string[]): Admin =>
  ({
    fetchTopicOffsets: async () => [0, 1, 2].map((partition) => ({ partition, offset: '20', low: '10', high: '20' })),
    fetchOffsets: async ({ topics }: { topics: string[] }) =>
      topics.map((topic) => ({
        topic,
        partitions: committed.map((offset, partition) => ({ partition, offset, metadata: null })),
      })),
  }) as unknown as Admin;

describe('how far a consumer is behind', () => {
  it.each([
    ['one that has read all', ['20', '20', '20'], 0],
    ['one in the middle', ['15', '20', '19'], 6],
    ['one that never read anything', ['-1', '-1', '-1'], 30],
    ['one that came to one partition only', ['20', '-1', '20'], 10],
    ['one that retention has overtaken', ['3', '20', '20'], 10],
    ['one whose topic was made anew', ['99', '20', '20'], 10],
  ])('%s', async (_, committed, messages) => {
    const admin = broker(committed);
    const places = await committedPlaces(admin, 'group', ['topic']);
    expect(await lagBehind(admin, ['topic'], places)).toEqual([{ topic: 'topic', messages }]);
  });
});
