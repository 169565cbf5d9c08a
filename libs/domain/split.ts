import { createHash } from 'node:crypto';
import type { ModelDefinition, Split } from '#contracts/model-definition';
import type { RawRow } from '#contracts/model-package';
import { readText } from '#features/coercion';
import { deriveFromUrl } from '#features/url';
import { splitSourceOf } from './encoding/sources.js';

export const SPLIT_PARTS = ['train', 'validation', 'test'] as const;
export type SplitPart = (typeof SPLIT_PARTS)[number];

/** Keeps the split independent of every other hash of the same key, such as the canary's assignment. */
export const SPLIT_SALT = 'split:';

/** Where a key lies in [0, 1): the first 32 bits of SHA-256, which SQL computes just as well. Never depends on other rows. */
export function splitPosition(key: string): number {
  return createHash('sha256').update(SPLIT_SALT).update(key).digest().readUInt32BE(0) / 2 ** 32;
}

/** The part a row belongs to, for good: the same key and shares always give the same part, however much the data grows. */
export function splitPart(key: string, shares: Split['shares']): SplitPart {
  const position = splitPosition(key);
  if (position < shares.train) return 'train';
  return position < shares.train + shares.validation ? 'validation' : 'test';
}

/** The text whose hash decides a task's part, see `splitSourceOf`. */
export function splitKeyOf(definition: ModelDefinition, taskId: string, features: RawRow): string {
  const source = splitSourceOf(definition);
  if (source === null) return taskId;
  const value = features[source.field];
  return readText(source.from === 'url' ? deriveFromUrl(value, source.derive) : value) ?? taskId;
}
