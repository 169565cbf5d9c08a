import { describe, expect, it } from 'vitest';
import { CODEC_IDS, CODECS, type CodecName, LARGEST_UNPACKED } from './codecs.js';
import { decodeBatches, isRecordBatches, Unpacked } from './decode-batches.js';
import { lz4Size, snappySize, zstdSize } from './unpacked-size.js';

/** A record: attributes, no time and no offset beyond the batch's, no key, then what is given. Lengths below 64 only. */
function record(delta: number, value: Buffer | null, headers: [string, Buffer | null][] = []): Buffer {
  const field = (bytes: Buffer | null): Buffer =>
    bytes === null ? Buffer.from([1]) : Buffer.concat([Buffer.from([bytes.length * 2]), bytes]);
  const body = Buffer.concat([
    Buffer.from([0, 0, delta * 2]),
    field(null),
    field(value),
    Buffer.from([headers.length * 2]),
    ...headers.flatMap(([name, bytes]) => [field(Buffer.from(name)), field(bytes)]),
  ]);
  return Buffer.concat([Buffer.from([body.length * 2]), body]);
}

function batch(codec: CodecName, packed: Buffer, count: number, base = 7n): Buffer {
  const head = Buffer.alloc(61);
  head.writeBigInt64BE(base, 0);
  head.writeInt32BE(49 + packed.length, 8);
  head.writeInt8(2, 16);
  head.writeInt16BE(CODEC_IDS[codec], 21);
  head.writeInt32BE(count - 1, 23);
  head.writeBigInt64BE(1_767_517_951_000n, 27);
  head.writeBigInt64BE(1_767_517_952_000n, 35);
  head.writeBigInt64BE(-1n, 43);
  head.writeInt32BE(count, 57);
  return Buffer.concat([head, packed]);
}

const three = Buffer.concat([
  record(0, Buffer.from('a')),
  record(1, null, [
    ['none', null],
    ['twice', Buffer.from([0])],
    ['twice', Buffer.from([255])],
  ]),
  record(2, Buffer.from('c')),
]);
const pack = (codec: CodecName, bytes: Buffer): Promise<Buffer> =>
  codec === 'none' ? Promise.resolve(bytes) : CODECS[codec].compress(bytes);
const names: CodecName[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

describe('decodeBatches', () => {
  it.each(names)('reads records packed with %s', async (codec) => {
    const bytes = batch(codec, await pack(codec, three), 3);
    expect(isRecordBatches(bytes)).toBe(true);
    const records = await decodeBatches(Buffer.concat([bytes, batch('none', three, 3, 10n), bytes.subarray(0, 70)]));
    expect(records.map(({ offset }) => offset)).toEqual(['7', '8', '9', '10', '11', '12']);
    expect(records.map(({ value }) => value?.toString() ?? null)).toEqual(['a', null, 'c', 'a', null, 'c']);
    expect(records[1]?.headers).toEqual({ none: null, twice: [Buffer.from([0]), Buffer.from([255])] });
    expect(records[0]).toMatchObject({ timestamp: '1767517951000', key: null, headers: {}, isControlRecord: false });
  });

  it('leaves for the next fetch what would unpack to more than fits, and gives every partition something', async () => {
    const many = 10_000;
    const packed = await pack('zstd', Buffer.concat(new Array<Buffer>(many).fill(record(0, Buffer.from('alike')))));
    const partition = Buffer.concat(
      Array.from({ length: 100 }, (_, n) => batch('zstd', packed, many, BigInt(n * many))),
    );
    const fetched = new Unpacked();
    const taken: number[] = [];
    for (let i = 0; i < 12; i++) {
      const records = await decodeBatches(partition, fetched);
      expect(records.length % many).toBe(0);
      taken.push(records.length);
    }
    expect(taken.slice(0, 3)).toEqual([2 * many, 2 * many, 2 * many]);
    expect(taken.slice(3)).toEqual(new Array(9).fill(many));
  });

  it.each(names.slice(1))('puts one record in the place of a batch that claims %s and is not', async (codec) => {
    const broken = batch(codec, Buffer.from('no such thing, and long enough to be looked at'), 3);
    const records = await decodeBatches(Buffer.concat([broken, batch('none', three, 3, 10n)]));
    expect(records.map(({ offset }) => offset)).toEqual(['9', '10', '11', '12']);
    expect(records[0]?.undecodable).toMatch(/expected (gzip|Snappy|an LZ4 frame|a Zstandard frame)/);
    expect(records[0]?.value?.equals(broken)).toBe(true);
  });

  it.each(['gzip', 'lz4', 'zstd', 'snappy'] as const)('does not unpack a bomb of %s', async (codec) => {
    const bomb = await CODECS[codec].compress(Buffer.alloc(LARGEST_UNPACKED + 1));
    const [only, ...others] = await decodeBatches(batch(codec, bomb, 3));
    expect(others).toEqual([]);
    expect(only?.undecodable).toMatch(codec === 'gzip' ? /expected gzip/ : /it unpacks to \d+ bytes; expected at most/);
  });

  it.each<[string, Buffer, number]>([
    ['more messages than it has', three, 4],
    ['less than none', three, -1],
    ['more than anybody can hold', three, 2 ** 31 - 1],
    ['a length beyond its end', Buffer.from([126, 0, 0, 0, 1, 1, 0]), 1],
    ['a length without an end', Buffer.alloc(12, 0xff), 1],
  ])('goes on behind a batch with %s', async (_, bytes, count) => {
    const records = await decodeBatches(Buffer.concat([batch('none', bytes, count), batch('none', three, 3, 20n)]));
    expect(records.map(({ undecodable }) => undecodable === undefined)).toEqual([false, true, true, true]);
  });

  it('refuses codecs that do not exist', async () => {
    const bytes = batch('none', three, 3);
    bytes.writeInt16BE(6, 21);
    expect((await decodeBatches(bytes))[0]?.undecodable).toMatch(/codec has the number 6/);
  });
});

describe('unpacked sizes', () => {
  it.each<[string, (bytes: Buffer) => number, CodecName]>([
    ['Snappy', snappySize, 'snappy'],
    ['LZ4', lz4Size, 'lz4'],
    ['Zstandard', zstdSize, 'zstd'],
  ])('of %s are no smaller than what comes out, and not much larger', async (_, sizeOf, codec) => {
    for (const length of [0, 1, 1000, 300_000, 5_000_000]) {
      const size = sizeOf(await pack(codec, Buffer.alloc(length, 'automation.outcomes')));
      expect(size).toBeGreaterThanOrEqual(length);
      expect(size).toBeLessThanOrEqual(length + 4 * 1024 * 1024);
    }
  });
});
