import { promisify } from 'node:util';
import { isMainThread } from 'node:worker_threads';
import { gunzip, gzip } from 'node:zlib';
import { Decoder, Encoder } from '@toondepauw/node-zstd';
import { compressFrame, decompressFrame } from 'lz4-napi';
import * as snappy from 'snappy';
import { isXerial, lz4Size, NotUnpackable, snappySize, xerialBlocks, zstdSize } from './unpacked-size.js';

/** No batch unpacks to more; a broker takes batches of 1 MiB, and what they hold rarely compresses to a tenth. */
export const LARGEST_UNPACKED = 128 * 1024 * 1024;

export interface Codec {
  readonly compress: (bytes: Buffer) => Promise<Buffer>;
  /** Throws {@link NotUnpackable} for what is damaged, and for what would unpack to more than {@link LARGEST_UNPACKED}. */
  readonly decompress: (bytes: Buffer) => Promise<Buffer>;
}

/** Kafka's numbers for its codecs, in the lowest three bits of a batch's attributes. */
export const CODEC_IDS = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const;
export type CodecName = keyof typeof CODEC_IDS;

function bounded(size: number): void {
  if (size > LARGEST_UNPACKED)
    throw new NotUnpackable(`it unpacks to ${size} bytes; expected at most ${LARGEST_UNPACKED}`);
}

/** A library's complaint, as one that tells of the message. */
async function unpacked(format: string, work: () => Promise<Buffer>): Promise<Buffer> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof NotUnpackable) throw error;
    throw new NotUnpackable(`expected ${format}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

const zip = promisify(gzip);
const unzip = promisify(gunzip);

async function unsnap(bytes: Buffer): Promise<Buffer> {
  const plain = await snappy.uncompress(bytes, { asBuffer: true });
  return typeof plain === 'string' ? Buffer.from(plain) : plain;
}

/** Level 1 packs this kind of messages as small as 3 does, in half the time. */
const ZSTD_LEVEL = 1;
const packer = new Encoder(ZSTD_LEVEL);
const unpacker = new Decoder();

export const CODECS: Readonly<Record<Exclude<CodecName, 'none'>, Codec>> = {
  gzip: {
    compress: (bytes) => zip(bytes),
    decompress: (bytes) => unpacked('gzip', () => unzip(bytes, { maxOutputLength: LARGEST_UNPACKED })),
  },
  snappy: {
    compress: (bytes) => snappy.compress(bytes),
    decompress: (bytes) =>
      unpacked('Snappy', async () => {
        bounded(snappySize(bytes));
        return isXerial(bytes) ? Buffer.concat(await Promise.all(xerialBlocks(bytes).map(unsnap))) : unsnap(bytes);
      }),
  },
  lz4: {
    compress: (bytes) => compressFrame(bytes),
    decompress: (bytes) =>
      unpacked('an LZ4 frame', () => {
        bounded(lz4Size(bytes));
        return decompressFrame(bytes);
      }),
  },
  zstd: {
    // A thread that only sends has nothing else to do meanwhile, and keeps to its own priority.
    compress: async (bytes) => (isMainThread ? packer.encode(bytes) : packer.encodeSync(bytes)),
    decompress: (bytes) =>
      unpacked('a Zstandard frame', () => {
        bounded(zstdSize(bytes));
        return unpacker.decode(bytes);
      }),
  },
};

/** The codec of a batch by the number in its attributes; null for batches that are not compressed. */
export function codecOf(id: number): Codec | null {
  for (const [name, codec] of Object.entries(CODECS)) if (CODEC_NUMBERS.get(name) === id) return codec;
  if (id === CODEC_IDS.none) return null;
  throw new NotUnpackable(`its codec has the number ${id}; expected one of ${[...CODEC_NUMBERS.values()].join(', ')}`);
}

const CODEC_NUMBERS: ReadonlyMap<string, number> = new Map(Object.entries(CODEC_IDS));
