import { LARGEST_MESSAGE } from '#domain/feedback/message';
import type { Line } from './lines.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const NEWLINE = 0x0a;

/**
 * The objects inside the first array of a JSON document, one at a time, without holding the document: a saved reply of
 * the historical API is `{"data":[{…},{…}]}` or the bare array. The number is the line an object begins on.
 *
 * Counts brackets outside of texts and leaves judging the objects to the JSON parser. An object that does not end is
 * given as far as it goes, so that it is rejected and not lost.
 */
export async function* readJsonRecords(chunks: AsyncIterable<Buffer>, longest = LARGEST_MESSAGE): AsyncGenerator<Line> {
  let line = 1;
  let inText = false;
  let escaped = false;
  let arrayDepth = -1;
  let depth = 0;
  let parts: Buffer[] = [];
  let length = 0;
  let began = 0;
  const add = (part: Buffer): void => {
    length += part.length;
    if (length <= longest) parts.push(part);
    else parts = [];
  };
  const take = (): Line => {
    const record: Line = { number: began, bytes: length > longest ? null : Buffer.concat(parts), length };
    parts = [];
    length = 0;
    return record;
  };
  const inRecord = (): boolean => arrayDepth >= 0 && depth > arrayDepth;

  for await (const chunk of chunks) {
    let start = inRecord() ? 0 : -1;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i];
      if (byte === NEWLINE) line++;
      if (inText) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inText = false;
      } else if (byte === QUOTE) inText = true;
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        if (arrayDepth < 0 && byte === OPEN_ARRAY) arrayDepth = depth + 1;
        depth++;
        if (arrayDepth >= 0 && depth === arrayDepth + 1) {
          start = i;
          began = line;
        }
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        depth--;
        if (arrayDepth >= 0 && depth === arrayDepth && start >= 0) {
          add(chunk.subarray(start, i + 1));
          start = -1;
          yield take();
        }
        // The array is over; what follows is the rest of the document.
        if (arrayDepth >= 0 && depth < arrayDepth) return;
      }
    }
    if (start >= 0) add(chunk.subarray(start));
  }
  if (length > 0) yield take();
}
