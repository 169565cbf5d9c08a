import { describe, expect, it } from 'vitest';
import { type Random, seededRandom } from '../statistics/random.js';
import { type AccuracyReference, type DropState, dropFound, observe, startWatch } from './accuracy-drop.js';

const time = (n: number) => new Date(Date.UTC(2026, 0, 1) + n * 60_000).toISOString();
const known = (accuracy: number): AccuracyReference => ({ accuracy, rows: Number.POSITIVE_INFINITY });

/** Watches outcomes of the given accuracy until the alarm, at most `most`. */
function watch(accuracy: (n: number) => number, reference: AccuracyReference, random: Random, most: number) {
  let state = startWatch();
  while (state.outcomes < most && !state.alarmed)
    state = observe(state, { correct: random() < accuracy(state.outcomes), at: time(state.outcomes) }, reference, 0.05);
  return state;
}

const alarms = (streams: number, run: (random: Random) => DropState) =>
  Array.from({ length: streams }, (_, i) => run(seededRandom(i))).filter((state) => state.alarmed).length;

describe('accuracy drop', () => {
  it.each([0.6, 0.75, 0.95])('hardly ever alarms without a change, reference %d', (reference) => {
    expect(alarms(100, (random) => watch(() => reference, known(reference), random, 5000))).toBeLessThanOrEqual(1);
  });

  it.each([0.6, 0.75, 0.9, 0.95])(
    'is found by none of 10,000 looks at a healthy version, reference %d',
    (reference) => {
      const random = seededRandom(18);
      let state = startWatch();
      let found = 0;
      for (let look = 0; look < 10_000; look++) {
        state = observe(state, { correct: random() < reference, at: time(look) }, known(reference), 0.05);
        if (dropFound(state) !== null) found++;
      }
      expect(found).toBe(0);
    },
  );

  it.each([0.6, 0.75, 0.95])('is found every time, reference %d', (reference) => {
    expect(alarms(50, (random) => watch(() => reference - 0.15, known(reference), random, 5000))).toBe(50);
  });

  it('is found wherever it begins, and dated', () => {
    const state = watch((n) => (n < 4000 ? 0.8 : 0.55), known(0.8), seededRandom(3), 10_000);
    const found = dropFound(state);
    expect(state.outcomes).toBeGreaterThan(4000);
    expect(state.outcomes).toBeLessThan(4400);
    expect(found?.reference).toBeCloseTo(0.8, 10);
    expect(found?.live).toBeLessThan(0.65);
    expect(found?.interval.low).toBeLessThan(0.55);
    expect(found?.interval.high).toBeGreaterThan(0.55);
    expect(found && Date.parse(found.onsetAt)).toBeGreaterThan(Date.parse(time(3900)));
    expect(found && Date.parse(found.onsetAt)).toBeLessThan(Date.parse(time(4100)));
  });

  it('has no numbers before the alarm', () => {
    expect(dropFound(watch(() => 0.8, known(0.8), seededRandom(4), 100))).toBeNull();
  });

  it('allows for a reference measured on few rows', () => {
    const lucky = (rows: number) => (random: Random) => {
      let hits = 0;
      for (let i = 0; i < rows; i++) if (random() < 0.75) hits++;
      return watch(() => 0.75, { accuracy: hits / rows, rows }, random, 5000);
    };
    expect(alarms(200, lucky(300))).toBeLessThanOrEqual(4);
    const believed = (random: Random) => watch(() => 0.75, known(0.8), random, 5000);
    expect(alarms(20, believed)).toBeGreaterThan(10);
  });

  it('is the same whether the state was stored in between or not', () => {
    const random = seededRandom(6);
    let straight = startWatch();
    let stored = startWatch();
    for (let n = 0; n < 500; n++) {
      const outcome = { correct: random() < 0.7, at: time(n) };
      straight = observe(straight, outcome, known(0.75), 0.05);
      stored = observe(JSON.parse(JSON.stringify(stored)), outcome, known(0.75), 0.05);
    }
    expect(stored).toEqual(straight);
  });

  it('tolerates more where more is tolerated', () => {
    const loose = (random: Random) => {
      let state = startWatch();
      while (state.outcomes < 5000 && !state.alarmed)
        state = observe(state, { correct: random() < 0.76, at: time(0) }, known(0.8), 0.1);
      return state;
    };
    expect(alarms(50, loose)).toBeLessThanOrEqual(10);
  });

  it('follows a reference that differs from outcome to outcome', () => {
    const random = seededRandom(8);
    let state = startWatch();
    for (let n = 0; n < 6000; n++) {
      const reference = n % 2 === 0 ? 0.9 : 0.6;
      state = observe(state, { correct: random() < reference, at: time(n) }, known(reference), 0.05);
    }
    expect(state.alarmed).toBe(false);
  });
});
