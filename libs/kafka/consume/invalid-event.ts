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

/** Thrown by a handler that was given such a message and has nobody to tell: it is parked as what it is. */
export class NobodyToTell extends Error {
  override readonly name = 'NobodyToTell';
  readonly failureKind = 'permanent';

  constructor(readonly event: Pick<InvalidEvent, 'problem' | 'field' | 'detail'>) {
    super(problemOf(event));
  }
}
