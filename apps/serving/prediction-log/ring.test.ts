import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decodeBatches } from '#kafka/records/decode-batches';
import { encodeBatch } from '#kafka/records/encode-batch';
import { RecordBytes } from '#kafka/records/record-bytes';
import { partitionOf } from '#kafka/records/written-records';
import { RecordWriter } from './record-writer.js';
import { createRing, RingReader, type RingRecords, RingWriter } from './ring.js';

const ID = '0194c2d7-7b7e-4c3a-9a43-0c7a6b1f3e2d';
const AT = '2026-01-04T09:12:31.118Z';
const PARTS = { keyAt: 0, keyLength: 0, valueAt: 0, valueLength: 0, traced: false };

function ringOf(bytes: number) {
  const shared = createRing(bytes);
  return { shared, writer: new RingWriter(shared), reader: new RingReader(shared) };
}

function put(writer: RingWriter, content: Buffer): boolean {
  const at = writer.reserve(content.length);
  if (at < 0) return false;
  writer.buffer.set(content, at);
  writer.commit(content.length, PARTS);
  return true;
}

/** What was put in for each record. */
const written = (records: RingRecords): Buffer[] =>
  Array.from({ length: records.length }, (_, i) => {
    const out = new RecordBytes(64);
    records.slice(i, i + 1).writeTo(out);
    const bytes = Buffer.from(out.written());
    // Behind the length: attributes, time and offset.
    return bytes.subarray(bytes.findIndex((byte) => byte < 128) + 4);
  });

describe('the ring', () => {
  it('gives back what was put in, in order, however full it is', () => {
    const seed = randomInt(2 ** 31);
    let state = seed;
    const random = (below: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state % below;
    };
    const { shared, writer, reader } = ringOf(4 * 1024 * 1024);
    const expected: Buffer[] = [];
    let next = 0;
    let full = 0;
    for (let round = 0; round < 20_000; round++) {
      // Now filling up, now emptying.
      const filling = round % 4000 < 2000;
      for (let i = random(filling ? 12 : 3); i > 0; i--) {
        const content = Buffer.alloc(random(4000), String(next));
        if (put(writer, content)) {
          expected.push(content);
          next++;
        } else full++;
      }
      expect(reader.waiting, `seed ${seed}, round ${round}`).toBe(expected.length);
      if (random(filling ? 40 : 2) > 0) continue;
      // Now and then by another reader, as after the first one's end.
      const reading = random(10) === 0 ? new RingReader(shared) : reader;
      const batch = reading.oldest(random(100_000));
      for (const bytes of written(batch.records))
        expect(expected.shift()?.equals(bytes), `seed ${seed}, round ${round}`).toBe(true);
      reading.settle(batch, 0);
    }
    expect(full, `seed ${seed}`).toBeGreaterThan(0);
    const rest = reader.oldest(Number.POSITIVE_INFINITY);
    expect(written(rest.records).map(({ length }) => length)).toEqual(expected.map(({ length }) => length));
    reader.settle(rest, 3);
    expect(reader.waiting).toBe(0);
    expect(writer.settled()).toEqual({ all: next, refused: 3 });
  });

  it('keeps to its beginning while little waits', () => {
    const { writer, reader } = ringOf(64 * 1024 * 1024);
    let furthest = 0;
    for (let i = 0; i < 100_000; i++) {
      furthest = Math.max(furthest, writer.reserve(1000));
      writer.commit(1000, PARTS);
      if (i % 300 === 299) reader.settle(reader.oldest(Number.POSITIVE_INFINITY), 0);
    }
    expect(furthest).toBeLessThan(2 * 1024 * 1024);
  });

  it('gives what was not let go again', () => {
    const { shared, writer, reader } = ringOf(1024);
    put(writer, Buffer.from('one'));
    put(writer, Buffer.from('two'));
    const texts = (from: RingReader): string[] => written(from.oldest(1).records).map(String);
    expect(texts(reader)).toEqual(['one']);
    expect(texts(new RingReader(shared))).toEqual(['one']);
    reader.settle(reader.oldest(1), 0);
    expect(texts(new RingReader(shared))).toEqual(['two']);
  });

  it('wakes a reader that sleeps, once, and lets none sleep beside what waits', () => {
    const { writer, reader } = ringOf(1024);
    expect(writer.isToBeWoken()).toBe(false);
    expect(reader.fallAsleep()).toBe(true);
    put(writer, Buffer.from('one'));
    expect(writer.isToBeWoken()).toBe(true);
    expect(writer.isToBeWoken()).toBe(false);
    expect(reader.fallAsleep()).toBe(false);
    reader.settle(reader.oldest(1), 0);
    writer.close();
    expect(reader.fallAsleep()).toBe(false);
  });
});

describe('a logged prediction', () => {
  const TRACE = '00-0194c2d77b7e4c3a9a430c7a6b1f3e2d-9a430c7a6b1f3e2d-01';
  const cases = [
    { taskId: 'task-1', text: '{"a":1}', traceparent: undefined },
    { taskId: 'ü'.repeat(60), text: `{"name":"${'日本'.repeat(2000)}"}`, traceparent: TRACE },
    { taskId: '', text: 'é'.repeat(63), traceparent: undefined },
    { taskId: 'x'.repeat(256), text: 'y'.repeat(9000), traceparent: undefined },
  ];

  it('is the record of a Kafka batch, with its headers', async () => {
    const { writer, reader } = ringOf(1024 * 1024);
    const records = new RecordWriter(writer, 'predictions', 'ratchet/serving/s-1');
    for (const one of cases) expect(records.write({ id: ID, at: AT, ...one })).toBe(true);
    const { records: read } = reader.oldest(Number.POSITIVE_INFINITY);
    const positions = cases.map((_, i) => i);
    expect(positions.map((i) => read.isTraced(i))).toEqual([false, true, false, false]);
    expect(positions.map((i) => read.valueAt(i))).toEqual(cases.map(({ text }) => text));
    const head = { codec: 0, transactional: false, producerId: 1n, producerEpoch: 0, firstSequence: 0 };
    const decoded = await decodeBatches(await encodeBatch(read, head, null));
    expect(decoded.map(({ offset }) => offset)).toEqual(['0', '1', '2', '3']);
    decoded.forEach(({ key, value, headers }, i) => {
      expect(key?.toString()).toBe(cases[i]?.taskId);
      expect(value?.toString()).toBe(cases[i]?.text);
      const texts = Object.entries(headers).map(([name, each]) => [name, String(each)]);
      expect(Object.fromEntries(texts)).toEqual({
        ce_specversion: '1.0',
        ce_id: ID,
        ce_type: 'predictions',
        ce_time: AT,
        ce_source: 'ratchet/serving/s-1',
        'content-type': 'application/json',
        ...(cases[i]?.traceparent === undefined ? {} : { traceparent: TRACE }),
      });
    });
  });

  it('goes to the partition of its task, in order', () => {
    const { writer, reader } = ringOf(1024 * 1024);
    const records = new RecordWriter(writer, 'predictions', 'ratchet/serving/s-1');
    const expected: Record<number, string[]> = {};
    for (let i = 0; i < 300; i++) {
      const taskId = `task ${i % 40}`;
      expect(records.write({ id: ID, at: AT, taskId, text: String(i) })).toBe(true);
      const partition = partitionOf(Buffer.from(taskId), 0, taskId.length, 6);
      expected[partition] = [...(expected[partition] ?? []), String(i)];
    }
    const sorted = Object.entries(reader.oldest(Number.POSITIVE_INFINITY).records.byPartition(6));
    expect(
      Object.fromEntries(
        sorted.map(([partition, some]) => [partition, Array.from({ length: some.length }, (_, i) => some.valueAt(i))]),
      ),
    ).toEqual(expected);
  });

  it('is not written where there is no room', () => {
    const { writer } = ringOf(1024);
    const records = new RecordWriter(writer, 'predictions', 'ratchet/serving/s-1');
    const write = (length: number): boolean => records.write({ id: ID, at: AT, taskId: 'a', text: 'x'.repeat(length) });
    expect(write(2000)).toBe(false);
    expect(write(10)).toBe(true);
  });
});
