import { describe, expect, it } from 'vitest';
import { seededRandom } from '../statistics/random.js';
import { chooseWindow, looksOutdated, newestRows } from './window-choice.js';

const times = (rows: number) => Float64Array.from({ length: rows }, (_, i) => i);
/** Losses around a mean, with a noise that both windows share and one of their own. */
function losses(rows: number, mean: number, seed: number) {
  const shared = seededRandom(1);
  const own = seededRandom(seed);
  return Float64Array.from({ length: rows }, () => mean + shared() + 0.2 * (own() - 0.5));
}

describe('the choice of a window', () => {
  it('looks at the newest fifth, or at what came since the drop', () => {
    expect(newestRows(times(1000), [])).toHaveLength(200);
    expect(newestRows(times(100), [])).toHaveLength(50);
    expect(newestRows(times(49), [])).toHaveLength(0);
    expect(newestRows(times(1000), [900])).toHaveLength(100);
    expect(newestRows(times(1000), [980, 700])).toHaveLength(300);
    expect(newestRows(times(100_000), [])).toHaveLength(2000);
  });

  it('keeps all rows unless another window is better for sure', () => {
    expect(chooseWindow([losses(200, 0.5, 2)])).toBe(0);
    expect(chooseWindow([losses(200, 0.5, 2), losses(200, 0.4, 3)])).toBe(1);
    expect(chooseWindow([losses(200, 0.5, 2), losses(200, 0.4, 3), losses(200, 0.3, 4)])).toBe(2);
    expect(chooseWindow([losses(200, 0.5, 2), losses(200, 0.499, 3)])).toBe(0);
    expect(chooseWindow([losses(200, 0.5, 2), losses(200, 0.6, 3)])).toBe(0);
  });

  it('rarely leaves all rows where the others are as good', () => {
    let left = 0;
    for (let seed = 1; seed <= 400; seed++)
      if (chooseWindow([losses(200, 0.5, 2 * seed), losses(200, 0.5, 2 * seed + 1)]) > 0) left++;
    expect(left / 400).toBeLessThan(0.06);
  });

  it('tries others only where the newest rows are foreseen worse than the older ones', () => {
    const newest = newestRows(times(1000), []);
    const steady = losses(1000, 0.5, 2);
    expect(looksOutdated(steady, newest)).toBe(false);
    const changed = steady.map((loss, row) => (row >= 800 ? loss + 0.2 : loss));
    expect(looksOutdated(changed, newest)).toBe(true);
    expect(
      looksOutdated(
        steady.map((loss, row) => (row >= 800 ? loss - 0.2 : loss)),
        newest,
      ),
    ).toBe(false);
  });
});
