import type { Backend } from '#contracts/backends';
import type { Random } from '#domain/statistics/random';
import { TRAINING_BACKENDS } from '../backends/table.js';
import type { Range } from './search-range.js';

/**
 * A definition's parameters with those of the search space drawn anew. The same sequence of draws gives the same
 * parameters; numbers keep three significant digits, so that a person can write them into a definition.
 */
export function drawParameters(
  backend: Backend,
  given: ReadonlyMap<string, string>,
  random: Random,
): Map<string, string> {
  const drawn = new Map(given);
  for (const [name, range] of Object.entries(TRAINING_BACKENDS[backend].searchSpace)) {
    for (const alias of range.aliases ?? []) drawn.delete(alias);
    drawn.set(name, String(draw(range, random())));
  }
  return drawn;
}

/** @param at position between the ends, 0 to 1 */
function draw({ from, to, scale, whole }: Range, at: number): number {
  const value = scale === 'log' ? from * (to / from) ** at : from + (to - from) * at;
  return whole ? Math.round(value) : Number(value.toPrecision(3));
}
