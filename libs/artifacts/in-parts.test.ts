import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { inParts } from './in-parts.js';

const partsOf = async (pieces: readonly (string | Buffer)[], bytes: number): Promise<string[]> =>
  (await Readable.from(inParts(pieces, bytes)).toArray()).map(String);

describe('inParts', () => {
  it.each<[string, readonly string[], string[]]>([
    ['nothing', [], []],
    ['nothing but empty pieces', ['', ''], []],
    ['less than a part', ['a', 'b'], ['ab']],
    ['exactly a part', ['ab', 'c'], ['abc']],
    ['a part and a rest', ['ab', 'cd'], ['abc', 'd']],
    ['one piece of many parts', ['abcdefgh'], ['abc', 'def', 'gh']],
    ['pieces that end where parts do', ['abc', 'def'], ['abc', 'def']],
  ])('cuts %s', async (_, pieces, expected) => {
    expect(await partsOf(pieces, 3)).toEqual(expected);
    expect(
      await partsOf(
        pieces.map((piece) => Buffer.from(piece)),
        3,
      ),
    ).toEqual(expected);
  });

  it('fails as its source does', async () => {
    const source = Readable.from(
      (function* () {
        yield 'abcd';
        throw new Error('the source broke');
      })(),
    );
    await expect(Readable.from(inParts(source, 3)).toArray()).rejects.toThrow('the source broke');
  });
});
