import { readFile, writeFile } from 'node:fs/promises';
import { inflateRawSync } from 'node:zlib';

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const STORED = 0;
const DEFLATED = 8;

interface Located {
  readonly method: number;
  readonly packed: Buffer;
}

/** Field offsets are those of the ZIP specification (PKWARE APPNOTE, 4.3.7 local header, 4.3.12 directory, 4.3.16 end). */
function locate(zip: Buffer, entry: string): Located | null {
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || zip.readUInt32LE(end) !== END_OF_DIRECTORY) return null;
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0 && zip.readUInt32LE(at) === DIRECTORY_ENTRY; left--) {
    const nameLength = zip.readUInt16LE(at + 28);
    if (zip.toString('utf8', at + 46, at + 46 + nameLength) === entry) {
      const local = zip.readUInt32LE(at + 42);
      const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      return { method: zip.readUInt16LE(at + 10), packed: zip.subarray(start, start + zip.readUInt32LE(at + 20)) };
    }
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return null;
}

/** Writes one file of a jar (a ZIP below 4 GB) to `target`. A Java runtime without the JDK's `jar` command is enough. */
export async function extractFromJar(jar: string, entry: string, target: string): Promise<void> {
  const found = locate(await readFile(jar), entry);
  if (!found) throw new Error(`${jar} holds no ${entry}`);
  if (found.method !== STORED && found.method !== DEFLATED)
    throw new Error(`${entry} in ${jar} is packed with method ${found.method}; only 0 and 8 are understood`);
  await writeFile(target, found.method === STORED ? found.packed : inflateRawSync(found.packed));
}
