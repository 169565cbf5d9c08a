import { describe, expect, it } from 'vitest';
import { CODEC_IDS, CODECS, type CodecName } from './codecs.js';
import { crc32c } from './crc32c.js';
import { decodeBatches, isRecordBatches } from './decode-batches.js';
import { encodeBatch, type OutgoingMessage } from './encode-batch.js';
import { byPartition } from './produce-request.js';

const head = { codec: 0, transactional: false, producerId: 4_000_000_000n, producerEpoch: 7, firstSequence: 11 };
const codecs = Object.keys(CODEC_IDS).filter((name): name is CodecName => name in CODEC_IDS);

const messages: OutgoingMessage[] = [
  { key: 'task-1', value: '{"a":"é"}', headers: { ce_id: 'x', none: null, twice: [Buffer.from([0]), 'ü'], empty: '' } },
  { key: null, value: null },
  { key: Buffer.from([255, 0]), value: Buffer.alloc(200_000, 'abc'), timestamp: '1767517951123' },
  { key: '', value: 'x'.repeat(63) },
];

describe('a batch', () => {
  it.each(codecs)('packed with %s is read as it was given', async (codec) => {
    const compress = codec === 'none' ? null : CODECS[codec].compress;
    const batch = await encodeBatch(messages, { ...head, codec: CODEC_IDS[codec] }, compress);
    expect(isRecordBatches(batch)).toBe(true);
    const records = await decodeBatches(batch);
    expect(records.map(({ offset }) => offset)).toEqual(['0', '1', '2', '3']);
    expect(records.map(({ key }) => key)).toEqual([
      Buffer.from('task-1'),
      null,
      Buffer.from([255, 0]),
      Buffer.alloc(0),
    ]);
    expect(records.map(({ value }) => value?.length ?? null)).toEqual([10, null, 200_000, 63]);
    expect(records[0]?.value?.toString()).toBe('{"a":"é"}');
    expect(records[0]?.headers).toEqual({
      ce_id: Buffer.from('x'),
      none: null,
      twice: [Buffer.from([0]), Buffer.from('ü')],
      empty: Buffer.alloc(0),
    });
    expect(records[2]?.timestamp).toBe('1767517951123');
    expect(Math.abs(Number(records[1]?.timestamp) - Date.now())).toBeLessThan(60_000);
  });

  it('carries its checksum, its producer and its place in the sequence', async () => {
    const batch = await encodeBatch(messages, { ...head, transactional: true }, null);
    expect(batch.readUInt32BE(17)).toBe(crc32c(batch.subarray(21)));
    expect(batch.readInt16BE(21)).toBe(16);
    expect(batch.readInt32BE(23)).toBe(3);
    expect([batch.readBigInt64BE(43), batch.readInt16BE(51), batch.readInt32BE(53)]).toEqual([4_000_000_000n, 7, 11]);
  });

  it('is one’s own while another is compressed', async () => {
    const slow = async (bytes: Buffer): Promise<Buffer> => {
      await new Promise(setImmediate);
      return Buffer.from(bytes);
    };
    const batches = await Promise.all(
      ['a', 'b'].map((value) => encodeBatch([{ key: null, value: value.repeat(10) }], head, slow)),
    );
    const values = await Promise.all(batches.map(async (batch) => (await decodeBatches(batch))[0]?.value?.toString()));
    expect(values).toEqual(['a'.repeat(10), 'b'.repeat(10)]);
  });
});

it('CRC-32C is that of RFC 3720', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
  expect(crc32c(Buffer.alloc(0))).toBe(0);
});

it('messages are sorted by partition in their order', () => {
  const order = { topic: 't', partitionMetadata: [1, 2], messages: [5, 2, 3, 4, 9] };
  expect(byPartition({ ...order, partitioner: ({ message }) => message % 2 })).toEqual({ 0: [2, 4], 1: [5, 3, 9] });
});
