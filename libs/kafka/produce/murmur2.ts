const MULTIPLIER = 0x5bd1e995;
const SEED = 0x9747b28c;

/**
 * The hash of a key by which Kafka's clients choose its partition (MurmurHash2, 32 bits, as a signed number). kafkajs's own reckons with
 * BigInt, which grows with the key: 2.4 µs for 17 bytes instead of 0.1.
 * @param from where the key begins and ends in the bytes, unless it is all of them
 */
export function murmur2(key: Uint8Array | string, from = 0, end?: number): number {
  const bytes = typeof key === 'string' ? Buffer.from(key) : key;
  const length = (end ?? bytes.length) - from;
  let hash = SEED ^ length;
  let i = from;
  for (const whole = from + length - 3; i < whole; i += 4) {
    const word = Math.imul(
      (bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8) | ((bytes[i + 2] ?? 0) << 16) | ((bytes[i + 3] ?? 0) << 24),
      MULTIPLIER,
    );
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word ^ (word >>> 24), MULTIPLIER);
  }
  const rest = from + length - i;
  if (rest > 2) hash ^= (bytes[i + 2] ?? 0) << 16;
  if (rest > 1) hash ^= (bytes[i + 1] ?? 0) << 8;
  if (rest > 0) hash = Math.imul(hash ^ (bytes[i] ?? 0), MULTIPLIER);
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return (hash ^ (hash >>> 15)) | 0;
}
