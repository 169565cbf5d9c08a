import { hash } from 'node:crypto';
import type { FeedbackKind } from './record.js';

/** Namespace of every id that is derived from content. */
export const EVENT_NAMESPACE = '7d9f2a0c-6c0b-5f0e-9d53-5b0f3f2c8a11';

/** Most messages fit; hashing is half as dear when nothing is allocated for it. */
const scratch = Buffer.alloc(64 * 1024);
const NAMESPACE_BYTES = Buffer.from(EVENT_NAMESPACE.replaceAll('-', ''), 'hex');
NAMESPACE_BYTES.copy(scratch);
/** The space that stands in the scratch behind the namespace, and where it ends. */
let scratchSpace = '';
let scratchPrefix = 0;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const isUuid = (text: string): boolean => text.length === 36 && UUID.test(text);

/**
 * What an event's content is hashed with. A line of a log and the same JSON on the topic are one event, so both use
 * the name of the topic; formats without a topic have a name of their own.
 */
export const ID_SPACES: Record<FeedbackKind, string> = {
  automation: 'automation.outcomes',
  shadow: 'shadow.outcomes',
  dataset: 'import.dataset',
  historical: 'import.historical',
};

/** UUIDv5 (RFC 9562) of space and content; white space around the content does not count. */
export const contentId = (space: string, content: Buffer): string => uuidOf(idSource(space, content));

/** The sixteen bytes of {@link contentId}, until it is called again. */
export function contentIdBytes(space: string, content: Buffer): Uint8Array {
  const digest = hash('sha1', idSource(space, content), 'binary');
  for (let i = 0; i < idBytes.length; i++) idBytes[i] = digest.charCodeAt(i);
  idBytes[6] = ((idBytes[6] ?? 0) & 0x0f) | 0x50;
  idBytes[8] = ((idBytes[8] ?? 0) & 0x3f) | 0x80;
  return idBytes;
}

const idBytes = new Uint8Array(16);

/** What is hashed, until it is called again. */
function idSource(space: string, content: Buffer): Buffer {
  const trimmed = trimmedBytes(content);
  if (space !== scratchSpace) {
    scratchPrefix = NAMESPACE_BYTES.length + scratch.write(`${space}\n`, NAMESPACE_BYTES.length, 'latin1');
    scratchSpace = space;
  }
  const prefix = scratchPrefix;
  const length = prefix + trimmed.length;
  if (length > scratch.length) return Buffer.concat([scratch.subarray(0, prefix), trimmed]);
  trimmed.copy(scratch, prefix);
  return scratch.subarray(0, length);
}

/** The id an engine gave, if it is a UUID; else one derived from it, apart from those that are. */
export function givenId(space: string, source: string | null, id: string): string {
  if (isUuid(id)) return id.toLowerCase();
  return uuidOf(Buffer.concat([NAMESPACE_BYTES, Buffer.from(`${source ?? space}\n${id}`)]));
}

/** The variant that RFC 9562 asks for, by the digit it replaces. */
const VARIANT = '89ab89ab89ab89ab';

/** A UUIDv5 with its version and dashes in place, and where each digit of a hash goes. */
const form = Buffer.from('00000000-0000-5000-8000-000000000000', 'latin1');
const PLACES = Uint8Array.from([...form.keys()].filter((at) => form[at] !== 0x2d));
const VERSION_AT = 14;
const VARIANT_AT = 19;

function uuidOf(bytes: Buffer): string {
  const hex = hash('sha1', bytes, 'hex');
  // Digit by digit into one flat text: joining slices leaves a tree that whoever reads it has to flatten first.
  for (let i = 0; i < PLACES.length; i++) form[PLACES[i] ?? 0] = hex.charCodeAt(i);
  form[VERSION_AT] = 0x35;
  form[VARIANT_AT] = VARIANT.charCodeAt(Number.parseInt(hex.charAt(16), 16));
  return form.toString('latin1');
}

const isBlank = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

function trimmedBytes(content: Buffer): Buffer {
  let start = 0;
  let end = content.length;
  while (start < end && isBlank(content[start])) start++;
  while (end > start && isBlank(content[end - 1])) end--;
  return start === 0 && end === content.length ? content : content.subarray(start, end);
}
