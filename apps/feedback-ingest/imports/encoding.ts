import { createGunzip } from 'node:zlib';
import type { FileForm } from '#contracts/http/ingest';

/** Enough to tell how a file is written down. */
const HEAD_BYTES = 64 * 1024;

type Chunks = AsyncIterable<Buffer>;
type Encoding = FileForm['encoding'];

/** A file as UTF-8 text, and how it was written down. */
export interface Opened {
  /** The first bytes of the text. */
  readonly head: Buffer;
  readonly all: Chunks;
  readonly encoding: Encoding;
  readonly compression: FileForm['compression'];
}

/** The first bytes of a stream, and the stream with them still in it. */
async function peek(chunks: AsyncIterator<Buffer>): Promise<{ head: Buffer; all: Chunks }> {
  const seen: Buffer[] = [];
  let length = 0;
  while (length < HEAD_BYTES) {
    const next = await chunks.next();
    if (next.done) break;
    seen.push(next.value);
    length += next.value.length;
  }
  return {
    head: Buffer.concat(seen).subarray(0, HEAD_BYTES),
    all: (async function* all() {
      yield* seen;
      seen.length = 0;
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
    })(),
  };
}

async function* unzipped(chunks: Chunks): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  const feeding = (async () => {
    try {
      for await (const chunk of chunks) {
        if (gunzip.destroyed) return;
        if (!gunzip.write(chunk))
          await new Promise<void>((resolve) => {
            gunzip.once('drain', resolve);
            gunzip.once('close', resolve);
          });
      }
      gunzip.end();
    } catch (error) {
      gunzip.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  })();
  try {
    for await (const chunk of gunzip) yield chunk;
  } finally {
    gunzip.destroy();
    await feeding;
  }
}

/** Bytes of a last character that may go on in the next chunk. */
function unfinished(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? back : 0;
  }
  return 0;
}

const MULTI_BYTE = /[^\0-\x7f\ufffd]/;

/** Null for bytes that say nothing, because they are ASCII. A broken character among whole ones is a broken UTF-8. */
function eightBit(bytes: Buffer): 'utf-8' | 'windows-1252' | null {
  const text = bytes.toString('utf8', 0, bytes.length - unfinished(bytes));
  if (MULTI_BYTE.test(text)) return 'utf-8';
  return text.includes('\ufffd') ? 'windows-1252' : null;
}

/** By its mark; without one, by the zeros that every second byte of nearly all text is. */
function sixteenBit(head: Buffer): 'utf-16le' | 'utf-16be' | null {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  const looked = Math.min(head.length - (head.length % 2), 512);
  if (looked < 4) return null;
  const zeros = [0, 0];
  for (let i = 0; i < looked; i++) if (head[i] === 0) zeros[i % 2] = (zeros[i % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  if (odd > looked * 0.4 && even === 0) return 'utf-16le';
  return even > looked * 0.4 && odd === 0 ? 'utf-16be' : null;
}

async function* transcoded(chunks: Chunks, from: 'utf-16le' | 'utf-16be' | 'windows-1252'): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(from);
  for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }), 'utf8');
  const rest = decoder.decode();
  if (rest !== '') yield Buffer.from(rest, 'utf8');
}

/** ASCII is passed on until a chunk says which of the two it is; then that is what the rest is. */
async function* asItTurnsOut(chunks: Chunks): AsyncGenerator<Buffer> {
  const iterator = chunks[Symbol.asyncIterator]();
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
    const { value: chunk } = next;
    const found = eightBit(chunk);
    if (found === null && unfinished(chunk) === 0) {
      yield chunk;
      continue;
    }
    const rest = (async function* rest() {
      yield chunk;
      for (let more = await iterator.next(); !more.done; more = await iterator.next()) yield more.value;
    })();
    yield* found === 'windows-1252' ? transcoded(rest, found) : rest;
    return;
  }
}

/**
 * Opens a file whatever it is written in: gzip or plain, UTF-8, UTF-16, or the Latin-1 of spreadsheets (windows-1252, which
 * has every character of it). JSON is UTF-8 by its standard, so there a wrong byte stays a broken line.
 */
export async function openFile(chunks: Chunks): Promise<Opened> {
  const raw = await peek(chunks[Symbol.asyncIterator]());
  const zipped = raw.head[0] === 0x1f && raw.head[1] === 0x8b;
  const compression = zipped ? 'gzip' : null;
  const plain = zipped ? await peek(unzipped(raw.all)[Symbol.asyncIterator]()) : raw;
  const wide = sixteenBit(plain.head);
  if (wide !== null) {
    const text = await peek(transcoded(plain.all, wide)[Symbol.asyncIterator]());
    return { ...text, encoding: wide, compression };
  }
  const isJson = /^(?:\xef\xbb\xbf)?\s*[{[]/.test(plain.head.toString('latin1', 0, 1024));
  const found = isJson ? 'utf-8' : eightBit(plain.head);
  if (found === 'windows-1252') {
    const text = await peek(transcoded(plain.all, found)[Symbol.asyncIterator]());
    return { ...text, encoding: found, compression };
  }
  return {
    head: plain.head,
    all: found === null ? asItTurnsOut(plain.all) : plain.all,
    encoding: 'utf-8',
    compression,
  };
}
