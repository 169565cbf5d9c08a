import { describe, expect, it } from 'vitest';
import { classifyFailure } from '#domain/failures/classify';
import { Decoder } from '../client/kafkajs.js';
import { readEpochEnd } from './epoch-end.js';

/** An answer about one partition of the topic "t". */
function answer(error: number, end: bigint): Buffer {
  const bytes = Buffer.alloc(37);
  bytes.writeInt32BE(1, 4);
  bytes.writeInt16BE(1, 8);
  bytes.write('t', 10);
  bytes.writeInt32BE(1, 11);
  bytes.writeInt16BE(error, 15);
  bytes.writeInt32BE(3, 21);
  bytes.writeBigInt64BE(end, 25);
  return bytes;
}
const read = (error: number, end: bigint) => readEpochEnd(new Decoder(answer(error, end)));

describe('where a leader epoch ends', () => {
  it('is what the broker says, unless it knows none', () => {
    expect(read(0, 42n)).toBe(42n);
    expect(read(0, -1n)).toBeNull();
  });

  it('is not known to whoever may not ask', () => {
    expect(read(29, -1n)).toBeNull();
  });

  it.each([
    ['another leader', 6],
    ['a disk that fails', 56],
  ])('is asked for again after %s', (_, error) => {
    let failure: unknown = null;
    try {
      read(error, -1n);
    } catch (caught) {
      failure = caught;
    }
    expect(classifyFailure(failure)).toBe('temporary');
  });
});
