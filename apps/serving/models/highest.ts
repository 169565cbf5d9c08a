/** Position, from 0, of the highest of `count` values from `start` on; the first of equals. */
export function highest(values: Float64Array, start: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if ((values[start + i] ?? 0) > (values[start + best] ?? 0)) best = i;
  return best;
}

/** The position, among those given, of the highest value; the first of equals. */
export function highestOf(values: Float64Array, positions: readonly number[]): number {
  let best = positions[0] ?? 0;
  for (const position of positions) if ((values[position] ?? 0) > (values[best] ?? 0)) best = position;
  return best;
}
