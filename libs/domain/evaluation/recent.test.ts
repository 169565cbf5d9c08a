import { describe, expect, it } from 'vitest';
import { GateThresholds } from '#contracts/model-definition';
import { seededRandom } from '../statistics/random.js';
import { type HoldoutAnswers, judgeChallenger } from './judgement.js';
import { gateSettings } from './profiles.js';
import { type Recency, recencyOf, recentSettings, takeAnswers, withRecent } from './recent.js';

const DAY = 86_400_000;
const settings = gateSettings(GateThresholds.parse({}), 'multi-class');

/** Rows of two worlds: in the old one the champion is right, in the new one the challenger is. */
function twoWorlds(old: number, recent: number, right = 0.75): HoldoutAnswers {
  const random = seededRandom(7);
  const rows = old + recent;
  const truth = Int32Array.from({ length: rows }, () => (random() < 0.5 ? 1 : 0));
  const said = (isRight: (row: number) => number) =>
    Float64Array.from(
      [...truth].flatMap((y, row) => {
        const p = random() < isRight(row) === (y === 1) ? 0.8 : 0.2;
        return [1 - p, p];
      }),
    );
  return {
    classes: ['a', 'b'],
    truth,
    challenger: said((row) => (row < old ? 0.5 : right)),
    champion: said((row) => (row < old ? 0.75 : 0.4)),
    decisions: null,
    slices: [],
  };
}

function judged(answers: HoldoutAnswers, old: number, because: Recency['because']) {
  const whole = judgeChallenger(answers, settings, seededRandom(1));
  const rows = Int32Array.from({ length: answers.truth.length - old }, (_, i) => old + i);
  const recency = { since: 0, because };
  const recent = judgeChallenger(takeAnswers(answers, rows), recentSettings(settings, recency), seededRandom(1));
  return { whole: whole.gate, ...withRecent(whole.gate, recent, recency) };
}

describe('what is recent', () => {
  it.each([
    [
      { onset: 5, learntFrom: 3, drifted: false },
      { since: 5, because: 'accuracy-drop' },
    ],
    [
      { onset: 5, learntFrom: null, drifted: true },
      { since: 5, because: 'accuracy-drop' },
    ],
    [
      { onset: null, learntFrom: 3, drifted: true },
      { since: 3, because: 'window' },
    ],
    [
      { onset: null, learntFrom: null, drifted: true },
      { since: 72 * DAY, because: 'data-drift' },
    ],
    [
      { onset: null, learntFrom: null, drifted: false },
      { since: 72 * DAY, because: 'definition' },
    ],
  ])('with %j is %j', (state, expected) => {
    expect(recencyOf(state, 100 * DAY, 28)).toEqual(expected);
  });
});

describe('the verdict', () => {
  it('is that of what came since the drop, where the whole holdout says otherwise', () => {
    const result = judged(twoWorlds(2000, 120), 2000, 'accuracy-drop');
    expect(result.whole.verdict).toBe('fail');
    expect(result.verdict).toBe('pass');
    expect(result.recent).toMatchObject({ decides: true, verdict: 'pass', rows: 120, because: 'accuracy-drop' });
    expect(result.summary).toContain('live accuracy has dropped, so the 120 rows since then decide');
    // Both are shown: the checks of the whole, and those of the recent rows.
    expect(result.checks).toEqual(result.whole.checks);
    expect(result.recent?.checks.every(({ outcome }) => outcome === 'pass' || outcome === 'not-applicable')).toBe(true);
  });

  it('is no pass where the recent rows do not tell the two apart', () => {
    const result = judged(twoWorlds(2000, 120, 0.4), 2000, 'accuracy-drop');
    expect(result.recent?.verdict).not.toBe('pass');
    expect(result.verdict).not.toBe('pass');
  });

  it('is that of the whole while nothing has dropped or drifted', () => {
    const result = judged(twoWorlds(2000, 400), 2000, 'definition');
    expect(result).toMatchObject({ verdict: 'fail', recent: { decides: false, verdict: 'pass' } });
  });

  it('is that of the rows since then once a version is live that has learnt from them alone', () => {
    expect(judged(twoWorlds(2000, 400), 2000, 'window')).toMatchObject({ verdict: 'pass', recent: { decides: true } });
  });

  it('needs the usual number of rows where only inputs have drifted', () => {
    expect(judged(twoWorlds(2000, 120), 2000, 'data-drift').recent?.verdict).toBe('inconclusive');
    expect(judged(twoWorlds(2000, 400), 2000, 'data-drift')).toMatchObject({ verdict: 'pass' });
  });

  it('takes decisions along', () => {
    const answers: HoldoutAnswers = {
      ...twoWorlds(10, 10),
      decisions: {
        executed: Int32Array.from({ length: 20 }, (_, i) => i),
        failed: Uint8Array.from({ length: 20 }, (_, i) => i % 2),
        propensity: Float64Array.from({ length: 20 }, (_, i) => i / 20),
        challenger: { action: new Int32Array(20).fill(1), success: new Float64Array(20).fill(0.5) },
        champion: null,
        alike: 4,
      },
    };
    const { decisions } = takeAnswers(answers, Int32Array.of(3, 19));
    expect(decisions).toMatchObject({ executed: Int32Array.of(3, 19), failed: Uint8Array.of(1, 1), alike: 0.4 });
    expect(decisions?.propensity).toEqual(Float64Array.of(0.15, 0.95));
  });
});
