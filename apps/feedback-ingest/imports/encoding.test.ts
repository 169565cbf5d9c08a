import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openFile } from './encoding.js';

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}

async function opened(bytes: Buffer, size: number) {
  const { all, encoding, compression } = await openFile(inPieces(bytes, size));
  const chunks: Buffer[] = [];
  for await (const chunk of all) chunks.push(chunk);
  return {
    text: Buffer.concat(chunks)
      .toString('utf8')
      .replace(/^\uFEFF/, ''),
    encoding,
    compression,
  };
}

const TEXT = 'stadt,größe\nKöln,3 €\n';
const swapped = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();
const WINDOWS = Buffer.concat([Buffer.from('stadt,gr\xf6\xdfe\nK\xf6ln,3 \x80\n', 'latin1')]);
/** Longer than what is looked at first. */
const ASCII = `stadt,größe`.replace(/[^\0-\x7f]/g, '') + '\nxxxx,1'.repeat(20_000);

describe.each([1, 7, 4096])('a file in pieces of %d bytes', (size) => {
  it.each<[string, Buffer, string, string | null]>([
    ['UTF-8', Buffer.from(TEXT), 'utf-8', null],
    ['UTF-16, little end first', Buffer.from(`\uFEFF${TEXT}`, 'utf16le'), 'utf-16le', null],
    ['UTF-16, big end first', swapped(`\uFEFF${TEXT}`), 'utf-16be', null],
    ['UTF-16 without its mark', Buffer.from(TEXT, 'utf16le'), 'utf-16le', null],
    ['Latin-1', WINDOWS, 'windows-1252', null],
    ['gzip', gzipSync(TEXT), 'utf-8', 'gzip'],
    ['Latin-1 in gzip', gzipSync(WINDOWS), 'windows-1252', 'gzip'],
  ])('in %s', async (_, bytes, encoding, compression) => {
    expect(await opened(bytes, size)).toEqual({ text: TEXT, encoding, compression });
  });

  it('that is empty', async () => {
    expect(await opened(Buffer.alloc(0), size)).toEqual({ text: '', encoding: 'utf-8', compression: null });
  });
});

describe('what shows late', () => {
  it.each([
    ['Latin-1', Buffer.from('\nK\xf6ln,1\n', 'latin1')],
    ['UTF-8', Buffer.from('\nKöln,1\n')],
  ])('%s', async (_, end) => {
    const { text } = await opened(Buffer.concat([Buffer.from(ASCII), end]), 1021);
    expect(text).toBe(`${ASCII}\nKöln,1\n`);
  });

  it('one broken character among whole ones stays broken', async () => {
    const bytes = Buffer.concat([Buffer.from('größe,'), Buffer.from([0xff]), Buffer.from('\n')]);
    expect((await opened(bytes, 4096)).text).toBe('größe,\ufffd\n');
  });

  it('JSON is UTF-8', async () => {
    const bytes = Buffer.from('{"stadt":"K\xf6ln"}\n', 'latin1');
    expect((await opened(bytes, 4096)).text).toContain('\ufffd');
  });

  it('a gzip that is cut off is an error', async () => {
    await expect(opened(gzipSync(ASCII).subarray(0, 100), 7)).rejects.toThrow('unexpected end of file');
  });
});
