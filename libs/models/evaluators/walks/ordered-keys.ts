/**
 * float32 values as int32 keys of the same order, so that a walk down a tree can compare without a branch: whichever way
 * a row goes is a coin toss to the processor, and guessing wrong costs it more than the whole comparison.
 */

const floats = new Float32Array(1);
const bits = new Int32Array(floats.buffer);

/** NaN where it goes left is below every key, where it goes right above. */
export const BELOW_ALL = -0x80000000;
export const ABOVE_ALL = 0x7fffffff;

/** The key of a number (not NaN) that is a float32: a < b exactly if key(a) < key(b). */
export function keyOf(value: number): number {
  // Adding 0 makes -0 equal to 0.
  floats[0] = value + 0;
  const word = bits[0] ?? 0;
  // Negative floats count backwards.
  return word ^ ((word >> 31) & 0x7fffffff);
}

/** The float32 whose key it is. */
export function valueOfKey(key: number): number {
  bits[0] = key ^ ((key >> 31) & 0x7fffffff);
  return floats[0] ?? 0;
}

/**
 * Writes the keys of `count` rows of `width` columns. A row of keys is twice as wide: first the columns as they are for
 * splits that send NaN right, then again for those that send it left.
 */
export function writeKeys(matrix: Float32Array, offset: number, width: number, count: number, keys: Int32Array): void {
  let to = 0;
  for (let i = 0, from = offset; i < count; i++, to += width) {
    for (let c = 0; c < width; c++, from++, to++) {
      const value = matrix[from] ?? Number.NaN;
      if (Number.isNaN(value)) {
        keys[to] = ABOVE_ALL;
        keys[to + width] = BELOW_ALL;
      } else {
        const key = keyOf(value);
        keys[to] = key;
        keys[to + width] = key;
      }
    }
  }
}
