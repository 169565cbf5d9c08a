import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { murmur2 } from './murmur2.js';

/** Its own, as nothing here has replaced it. */
const ofKafkajs: (key: Buffer | string) => number = createRequire(import.meta.url)(
  'kafkajs/src/producer/partitioners/default/murmur2',
);

describe('the hash of a key', () => {
  it.each([
    // What Kafka's own UtilsTest asks of it.
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('of %s is %i', (key, hash) => {
    expect(murmur2(key)).toBe(hash);
    expect(murmur2(Buffer.from(key))).toBe(hash);
  });

  it('is what kafkajs makes of it, whatever the key', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
          fc.string(),
        ),
        (key) => {
          expect(murmur2(key)).toBe(ofKafkajs(key));
        },
      ),
      { numRuns: 2000 },
    );
  });
});
