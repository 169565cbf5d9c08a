const bits = new Int32Array(1);
const floats = new Float32Array(bits.buffer);

/** The smallest float32 ≥ value: for a float32 x, `x < value` and `x < that` are the same. */
export function float32AtOrAbove(value: number): number {
  const rounded = Math.fround(value);
  return rounded >= value ? rounded : successor(rounded);
}

/** The smallest float32 > value: for a float32 x, `x <= value` and `x < that` are the same, but for value = ∞. */
export function float32Above(value: number): number {
  const rounded = Math.fround(value);
  return rounded > value ? rounded : successor(rounded);
}

function successor(value: number): number {
  if (value === Number.POSITIVE_INFINITY) return value;
  if (value === 0) return 2 ** -149;
  floats[0] = value;
  bits[0] = (bits[0] ?? 0) + (value > 0 ? 1 : -1);
  return floats[0] ?? value;
}

/** LightGBM's kZeroThreshold (meta.h): it takes values up to here, on both sides, for 0 before it looks at them. */
export const ZERO_BOUND = Math.fround(1e-35);

/**
 * For a float32 x, `x < boundaryOf(threshold)` is what LightGBM makes of `x <= threshold`: values within ±1e-35 are 0 to it,
 * so the boundary never lies among them.
 */
export function boundaryOf(threshold: number): number {
  const above = float32Above(threshold);
  return threshold >= 0 ? Math.max(above, float32Above(ZERO_BOUND)) : Math.min(above, -ZERO_BOUND);
}
