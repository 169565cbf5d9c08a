import { LARGEST_MESSAGE } from '#domain/feedback/message';

/** A line of a file. `bytes` is null for one that is too long to be read. */
export interface Line {
  readonly number: number;
  readonly bytes: Buffer | null;
  readonly length: number;
}

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

const withoutMark = (bytes: Buffer): Buffer =>
  bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? bytes.subarray(3) : bytes;

export interface LineOptions {
  /** Longer ones are not held. */
  readonly longest?: number;
  /** Lines of white space are counted; left out unless they are to be kept. */
  readonly blank?: 'kept';
}

/** Splits a stream into lines without holding more than one of them. */
export async function* readLines(
  chunks: AsyncIterable<Buffer>,
  { longest = LARGEST_MESSAGE, blank }: LineOptions = {},
): AsyncGenerator<Line> {
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
  const wanted = (line: Line): boolean => blank === 'kept' || !isBlank(line);
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      add(chunk.subarray(start, end));
      start = end + 1;
      const line = take();
      if (wanted(line)) yield line;
    }
    if (start < chunk.length) add(chunk.subarray(start));
  }
  if (length > 0) {
    const line = take();
    if (wanted(line)) yield line;
  }
}

/** The stream with line feeds for carriage returns, where its first line ends in one of these alone, as of old. */
export async function* withLineFeeds(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let alone: boolean | null = null;
  let held = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (alone !== null) {
      yield alone ? withFeeds(chunk) : chunk;
      continue;
    }
    held = Buffer.concat([held, chunk]);
    alone = endsInReturnsAlone(held);
    if (alone !== null) yield alone ? withFeeds(held) : held;
  }
  if (alone === null && held.length > 0) yield held;
}

/** Null while that is not known. */
function endsInReturnsAlone(head: Buffer): boolean | null {
  const back = head.indexOf(CARRIAGE_RETURN);
  const feed = head.indexOf(NEWLINE);
  if (feed >= 0 && (back < 0 || feed <= back + 1)) return false;
  if (back >= 0 && back + 1 < head.length) return true;
  return head.length > LARGEST_MESSAGE ? false : null;
}

const withFeeds = (chunk: Buffer): Buffer =>
  Buffer.from(chunk.map((byte) => (byte === CARRIAGE_RETURN ? NEWLINE : byte)));

function isBlank({ bytes }: Line): boolean {
  if (bytes === null) return false;
  for (const byte of bytes) if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return false;
  return true;
}
