import { decodeForeignJson } from '#domain/foreign/json';
import type { InvalidEvent } from '../message.js';

/** What a message that does not fit its contract holds after all, so that its sender can be told; null for what is no JSON. */
export function jsonOf({ raw }: Pick<InvalidEvent, 'raw'>): unknown {
  try {
    return raw === null ? null : decodeForeignJson(raw);
  } catch {
    return null;
  }
}

/** What is wrong with it, in words. */
export const problemOf = ({ field, detail }: Pick<InvalidEvent, 'field' | 'detail'>): string =>
  field === null ? detail : `${field}: ${detail}`;
