import { LARGEST_MESSAGE } from '#domain/feedback/message';

/** A line of a file. `bytes` is null for one that is too long to be read. */
export interface Line {
  readonly number: number;
  readonly bytes: Buffer | null;
  readonly length: number;
}

const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

const withoutMark = (bytes: Buffer): Buffer =>
  bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? bytes.subarray(3) : bytes;

/** Splits a stream into lines without holding more than one of them; blank lines are counted and left out. */
export async function* readLines(chunks: AsyncIterable<Buffer>, longest = LARGEST_MESSAGE): AsyncGenerator<Line> {
  let number = 0;
  let parts: Buffer[] = [];
  let length = 0;
  const take = (): Line => {
    number++;
    const whole = length > longest ? null : parts.length === 1 ? (parts[0] ?? Buffer.alloc(0)) : Buffer.concat(parts);
    const bytes = number === 1 && whole !== null ? withoutMark(whole) : whole;
    const line: Line = { number, bytes, length };
    parts = [];
    length = 0;
    return line;
  };
  const add = (part: Buffer): void => {
    length += part.length;
    if (length <= longest) parts.push(part);
    else parts = [];
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      add(chunk.subarray(start, end));
      start = end + 1;
      const line = take();
      if (!isBlank(line)) yield line;
    }
    if (start < chunk.length) add(chunk.subarray(start));
  }
  if (length > 0) {
    const line = take();
    if (!isBlank(line)) yield line;
  }
}

function isBlank({ bytes }: Line): boolean {
  if (bytes === null) return false;
  for (const byte of bytes) if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return false;
  return true;
}
