/** Why compressed bytes are not unpacked. */
export class NotUnpackable extends Error {
  override readonly name = 'NotUnpackable';
}

/**
 * What compressed bytes unpack to at most, in bytes, told from their headers alone: a few kilobytes can stand for
 * gigabytes, so that nothing is unpacked before its size is known. Each throws {@link NotUnpackable} for what is not in its format.
 */
export type UnpackedSize = (bytes: Buffer) => number;

const damaged = (format: string, where: string): NotUnpackable =>
  new NotUnpackable(`expected ${format}, and it is damaged or cut short ${where}`);

/** The length that Snappy's own format begins with, and how many bytes it takes. */
function snappyLength(bytes: Buffer, from: number): { length: number; size: number } {
  let length = 0;
  for (let size = 0; size < 5; size++) {
    const byte = bytes[from + size];
    if (byte === undefined) break;
    length += (byte & 0x7f) * 2 ** (7 * size);
    if (byte < 0x80) return { length, size: size + 1 };
  }
  throw damaged('Snappy', 'at its length');
}

/** What Java's snappy stream (xerial) begins with: a name, and two versions. */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER = XERIAL.length + 8;

/** Java's producers cut Snappy into blocks behind a header of their own; librdkafka's do not. */
export const isXerial = (bytes: Buffer): boolean =>
  bytes.length >= XERIAL_HEADER && bytes.subarray(0, XERIAL.length).equals(XERIAL);

/** The blocks behind the header of {@link isXerial}. */
export function xerialBlocks(bytes: Buffer): Buffer[] {
  const blocks: Buffer[] = [];
  for (let at = XERIAL_HEADER; at < bytes.length; ) {
    const length = at + 4 <= bytes.length ? bytes.readUInt32BE(at) : Number.POSITIVE_INFINITY;
    if (at + 4 + length > bytes.length) throw damaged('Snappy in blocks', `at byte ${at}`);
    blocks.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return blocks;
}

export const snappySize: UnpackedSize = (bytes) =>
  isXerial(bytes)
    ? xerialBlocks(bytes).reduce((sum, block) => sum + snappyLength(block, 0).length, 0)
    : snappyLength(bytes, 0).length;

const LZ4_MAGIC = 0x184d2204;
/** Largest block by the code in the frame's descriptor. */
const LZ4_BLOCK_SIZES: Readonly<Record<number, number>> = { 4: 1 << 16, 5: 1 << 18, 6: 1 << 20, 7: 1 << 22 };
/** No byte of LZ4 stands for more. */
const LZ4_HIGHEST_RATIO = 255;

/** https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md: a descriptor, then blocks until one of no length. */
export const lz4Size: UnpackedSize = (bytes) => {
  if (bytes.length < 7 || bytes.readUInt32LE(0) !== LZ4_MAGIC) throw damaged('an LZ4 frame', 'at its beginning');
  const flags = bytes.readUInt8(4);
  const blockSize = LZ4_BLOCK_SIZES[(bytes.readUInt8(5) >> 4) & 7];
  if (flags >> 6 !== 1 || blockSize === undefined) throw damaged('an LZ4 frame', 'at its descriptor');
  let at = 7 + (flags & 0x08 ? 8 : 0) + (flags & 0x01 ? 4 : 0);
  let size = 0;
  for (;;) {
    if (at + 4 > bytes.length) throw damaged('an LZ4 frame', `at byte ${at}`);
    const header = bytes.readUInt32LE(at);
    if (header === 0) return size;
    const length = header & 0x7fffffff;
    size += header >>> 31 ? length : Math.min(blockSize, length * LZ4_HIGHEST_RATIO);
    at += 4 + length + (flags & 0x10 ? 4 : 0);
  }
};

const ZSTD_MAGIC = 0xfd2fb528;
const ZSTD_SKIPPABLE = 0x184d2a50;
const ZSTD_LARGEST_BLOCK = 128 * 1024;
/** A decoder keeps so much of what it has unpacked; `zstd` itself refuses more unless asked to take it. */
const ZSTD_LARGEST_WINDOW = 128 * 1024 * 1024;

interface ZstdFrame {
  readonly end: number;
  readonly size: number;
}

/** RFC 8878, 3.1.1: a header, then blocks until the one that says it is the last. */
function zstdFrame(bytes: Buffer, from: number): ZstdFrame {
  const cut = (at: number): NotUnpackable => damaged('a Zstandard frame', `at byte ${at}`);
  const descriptor = bytes[from + 4];
  if (descriptor === undefined) throw cut(from);
  const single = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const contentBytes = sizeFlag === 0 ? (single ? 1 : 0) : 1 << sizeFlag;
  let at = from + 5;
  let blockSize = ZSTD_LARGEST_BLOCK;
  if (!single) {
    const window = bytes[at++];
    if (window === undefined) throw cut(at);
    const base = 2 ** (10 + (window >> 3));
    const windowSize = base + (base / 8) * (window & 7);
    if (windowSize > ZSTD_LARGEST_WINDOW)
      throw new NotUnpackable(
        `its window is ${windowSize} bytes; expected at most ${ZSTD_LARGEST_WINDOW}: compress without --long or --ultra`,
      );
    blockSize = Math.min(windowSize, ZSTD_LARGEST_BLOCK);
  }
  at += dictionary + contentBytes;
  for (let size = 0; ; ) {
    if (at + 3 > bytes.length) throw cut(at);
    const header = bytes.readUIntLE(at, 3);
    const kind = (header >> 1) & 3;
    const length = header >> 3;
    if (kind === 3) throw cut(at);
    // 0: as it is; 1: one byte that is repeated; 2: compressed.
    size += kind === 2 ? blockSize : length;
    at += 3 + (kind === 1 ? 1 : length);
    if ((header & 1) === 0) continue;
    const end = at + (descriptor & 0x04 ? 4 : 0);
    if (end > bytes.length) throw cut(at);
    return { end, size };
  }
}

export const zstdSize: UnpackedSize = (bytes) => {
  let size = 0;
  for (let at = 0; at < bytes.length; ) {
    const magic = at + 8 <= bytes.length ? bytes.readUInt32LE(at) : 0;
    if ((magic & 0xfffffff0) >>> 0 === ZSTD_SKIPPABLE) at += 8 + bytes.readUInt32LE(at + 4);
    else {
      if (magic !== ZSTD_MAGIC) throw damaged('a Zstandard frame', `at byte ${at}`);
      const frame = zstdFrame(bytes, at);
      at = frame.end;
      size += frame.size;
    }
  }
  return size;
};
