import { assertStorable, isObject } from './fields.js';
import { type Fields, Rejected, shown } from './record.js';

/** Larger messages are not feedback. */
export const LARGEST_MESSAGE = 1024 * 1024;

const strict = new TextDecoder('utf-8', { fatal: true });

/** Bytes as text. The quick conversion puts U+FFFD for what is not UTF-8; only then is it worth asking strictly. */
function decodeText(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  if (text.includes('\uFFFD')) {
    try {
      strict.decode(bytes);
    } catch {
      throw new Rejected('not-utf8', null, 'expected UTF-8');
    }
  }
  return text;
}

/** A message or line as a JSON object whose texts Postgres can store. Throws Rejected. */
export function decodeObject(bytes: Buffer | null): Fields {
  if (bytes === null) throw new Rejected('tombstone', null, 'expected a JSON object; the message has no value');
  if (bytes.length > LARGEST_MESSAGE)
    throw new Rejected('too-large', null, `expected at most ${LARGEST_MESSAGE} bytes, got ${bytes.length}`);
  const text = decodeText(bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (text.includes('\u0000')) throw new Rejected('nul-character', null, 'expected text without NUL characters');
    throw new Rejected(
      'not-json',
      null,
      `expected a JSON object: ${error instanceof Error ? error.message : 'unreadable'}`,
    );
  }
  if (!isObject(value)) throw new Rejected('not-an-object', null, `expected a JSON object, got ${shown(value)}`);
  if (text.includes('\\u')) assertStorable(value);
  return value;
}
