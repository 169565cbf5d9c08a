import { createHash } from 'node:crypto';
import type { Split } from '#contracts/model-definition';

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
