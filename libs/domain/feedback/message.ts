import { assertWithin, decodeForeignJson, ForeignJsonError } from '../foreign/json.js';
import { JSON_LIMITS, type JsonLimits } from '../foreign/json-limits.js';
import { isObject } from './fields.js';
import { type Fields, Rejected, shown } from './record.js';

/** Larger messages are not feedback. */
export const LARGEST_MESSAGE = 1024 * 1024;

export const FEEDBACK_LIMITS: JsonLimits = { ...JSON_LIMITS, bytes: LARGEST_MESSAGE };

/** A message or line as a JSON object whose texts Postgres can store. Throws Rejected. */
export function decodeObject(bytes: Buffer | null): Fields {
  if (bytes === null) throw new Rejected('tombstone', null, 'expected a JSON object; the message has no value');
  try {
    return assertObject(decodeForeignJson(bytes, FEEDBACK_LIMITS));
  } catch (error) {
    if (error instanceof ForeignJsonError) throw new Rejected(error.problem, error.field, error.message);
    throw error;
  }
}

/** The same for an object that was parsed elsewhere. Throws Rejected. */
export function assertUsable(fields: Fields): void {
  try {
    assertWithin(fields, FEEDBACK_LIMITS);
  } catch (error) {
    if (error instanceof ForeignJsonError) throw new Rejected(error.problem, error.field, error.message);
    throw error;
  }
}

export function assertObject(value: unknown): Fields {
  if (!isObject(value)) throw new Rejected('not-an-object', null, `expected a JSON object, got ${shown(value)}`);
  return value;
}
