import fc from 'fast-check';
import { Partitioners } from 'kafkajs';
import { expect, it } from 'vitest';
import { partitionOf } from './written-records.js';

it('a key within other bytes has the partition that kafkajs would give it', () => {
  const choose = Partitioners.DefaultPartitioner();
  const bytes = fc.uint8Array({ maxLength: 40 }).map((some) => Buffer.from(some));
  fc.assert(
    fc.property(bytes, bytes, bytes, fc.integer({ min: 1, max: 60 }), (before, key, after, partitions) => {
      const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => {
        return { partitionId, partitionErrorCode: 0, leader: 1, replicas: [1], isr: [1] };
      });
      const expected = choose({ topic: 'predictions', partitionMetadata, message: { key, value: null } });
      const all = Buffer.concat([before, key, after]);
      expect(partitionOf(all, before.length, before.length + key.length, partitions)).toBe(expected);
    }),
    { numRuns: 1000 },
  );
});
