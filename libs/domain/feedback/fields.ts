import { isUuid } from './event-id.js';
import { type Fields, Rejected, shown } from './record.js';

/** Longest text of a known field, in characters. */
export const LONGEST_TEXT = 4096;
export const LONGEST_TASK_ID = 256;
export const LARGEST_COUNT = 2_147_483_647;
/** Objects inside objects inside …; Postgres and this program both have stacks that end. */
const DEEPEST = 16;

export function required(fields: Fields, name: string): unknown {
  const value = fields[name];
  if (value === undefined || value === null)
    throw new Rejected(
      'missing-field',
      name,
      `expected a field "${name}"; it is ${value === null ? 'null' : 'missing'}`,
    );
  return value;
}

export function text(fields: Fields, name: string): string | null {
  const value = fields[name];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') throw new Rejected('wrong-type', name, `expected a text, got ${shown(value)}`);
  if (value.length > LONGEST_TEXT)
    throw new Rejected('too-large', name, `expected at most ${LONGEST_TEXT} characters, got ${value.length}`);
  return value;
}

/** A text that must be there and hold something. */
export function requiredText(fields: Fields, name: string): string {
  required(fields, name);
  const value = text(fields, name);
  if (value === null || value.trim() === '') throw new Rejected('missing-field', name, `"${name}" is empty`);
  return value;
}

/** 9041 and "9041" are one task. */
export function taskId(fields: Fields, name: string): string {
  const value = required(fields, name);
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return String(value);
    throw new Rejected('wrong-type', name, `expected a whole number or a text, got ${shown(value)}`);
  }
  if (typeof value !== 'string')
    throw new Rejected('wrong-type', name, `expected a whole number or a text, got ${shown(value)}`);
  const id = value.trim();
  if (id === '') throw new Rejected('missing-field', name, `"${name}" is empty`);
  if (id.length > LONGEST_TASK_ID)
    throw new Rejected('too-large', name, `expected at most ${LONGEST_TASK_ID} characters, got ${id.length}`);
  return id;
}

export function number(fields: Fields, name: string, least: number, most: number): number | null {
  const value = fields[name];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'number') throw new Rejected('wrong-type', name, `expected a number, got ${shown(value)}`);
  // JSON has no infinities, but 1e999 is one once read.
  if (!(value >= least && value <= most) || !Number.isFinite(value))
    throw new Rejected('out-of-range', name, `expected a number from ${least} to ${most}, got ${value}`);
  return value;
}

export function seconds(fields: Fields, name: string): number | null {
  return number(fields, name, 0, Number.MAX_VALUE);
}

export function count(fields: Fields, name: string): number | null {
  return whole(fields, name, LARGEST_COUNT);
}

/** A whole number from 0. */
export function whole(fields: Fields, name: string, most: number): number | null {
  const value = number(fields, name, 0, most);
  if (value !== null && !Number.isInteger(value))
    throw new Rejected('wrong-type', name, `expected a whole number, got ${value}`);
  return value;
}

export function boolean(fields: Fields, name: string): boolean | null {
  const value = fields[name];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'boolean') throw new Rejected('wrong-type', name, `expected true or false, got ${shown(value)}`);
  return value;
}

export function uuid(fields: Fields, name: string): string | null {
  const value = fields[name];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string' || !isUuid(value))
    throw new Rejected('wrong-type', name, `expected a UUID, got ${shown(value)}`);
  return value.toLowerCase();
}

export const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An object whose fields are free; null for none and for an empty one. */
export function object(fields: Fields, name: string): Fields | null {
  const value = fields[name];
  if (value === undefined || value === null) return null;
  if (!isObject(value)) throw new Rejected('wrong-type', name, `expected an object, got ${shown(value)}`);
  let empty = true;
  for (const key in value) {
    empty = false;
    const inner = value[key];
    if (typeof inner === 'object' && inner !== null) assertShallow(inner, `${name}.${key}`, 2);
  }
  return empty ? null : value;
}

/** The fields that are not known here, so that nothing an engine says is lost; null when there are none. */
export function others(fields: Fields, known: ReadonlySet<string>): Fields | null {
  let rest: Fields | null = null;
  for (const key in fields) {
    if (known.has(key)) continue;
    const value = fields[key];
    if (typeof value === 'object' && value !== null) assertShallow(value, key, 1);
    rest ??= {};
    rest[key] = value;
  }
  return rest;
}

function assertShallow(value: object, path: string, depth: number): void {
  if (depth > DEEPEST)
    throw new Rejected('out-of-range', path.slice(0, 200), `expected at most ${DEEPEST} objects inside one another`);
  for (const inner of Array.isArray(value) ? value : Object.values(value))
    if (typeof inner === 'object' && inner !== null) assertShallow(inner, path, depth + 1);
}
