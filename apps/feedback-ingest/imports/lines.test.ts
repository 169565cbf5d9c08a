import { describe, expect, it } from 'vitest';
import { readJsonRecords } from './json-records.js';
import { type Line, readLines } from './lines.js';

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}

async function collect(lines: AsyncGenerator<Line>): Promise<[number, string | null][]> {
  const all: [number, string | null][] = [];
  for await (const { number, bytes } of lines) all.push([number, bytes?.toString() ?? null]);
  return all;
}

describe.each([1, 2, 3, 7, 1000])('read in pieces of %d bytes', (size) => {
  const lines = (text: string) => collect(readLines(inPieces(Buffer.from(text), size), { longest: 20 }));
  const records = (text: string) => collect(readJsonRecords(inPieces(Buffer.from(text), size), 20));

  it('lines are numbered, blank ones left out, the byte-order mark and a missing last newline do not matter', async () => {
    expect(await lines('\uFEFFone\r\n\n  \nfour é\n\nsix')).toEqual([
      [1, 'one\r'],
      [4, 'four é'],
      [6, 'six'],
    ]);
    expect(await lines('')).toEqual([]);
  });

  it('a line that is too long is told, and the next is read', async () => {
    expect(await lines(`a\n${'x'.repeat(30)}\nb\n${'y'.repeat(40)}`)).toEqual([
      [1, 'a'],
      [2, null],
      [3, 'b'],
      [4, null],
    ]);
  });

  it('records of a saved reply are found', async () => {
    expect(await records('{"success":true,\n"data":[{"a":1},\n {"b":{"c":[]}}\n],"z":[{"no":1}]}')).toEqual([
      [2, '{"a":1}'],
      [3, '{"b":{"c":[]}}'],
    ]);
    expect(await records('[{"a":"}{]["},{"b":"\\"]"}]')).toEqual([
      [1, '{"a":"}{]["}'],
      [1, '{"b":"\\"]"}'],
    ]);
    expect(await records('{"data":[]}')).toEqual([]);
  });

  it('a record that does not end or is too long is told', async () => {
    expect(await records('[{"a":1},{"b":')).toEqual([
      [1, '{"a":1}'],
      [1, '{"b":'],
    ]);
    expect(await records(`[{"a":"${'x'.repeat(30)}"},{"b":1}]`)).toEqual([
      [1, null],
      [1, '{"b":1}'],
    ]);
  });
});
