import { describe, expect, it } from 'vitest';
import { GateThresholds } from '#contracts/model-definition';
import { seededRandom } from '../statistics/random.js';
import { type HoldoutAnswers, judgeChallenger } from './judgement.js';
import { gateSettings } from './profiles.js';
import { learntDecisions, type Recency, recencyOf, recentSettings, takeAnswers, withRecent } from './recent.js';

const DAY = 86_400_000;
const settings = gateSettings(GateThresholds.parse({}), 'multi-class');

/** Rows of two worlds: in the old one the champion is right, in the new one the challenger is. */
function twoWorlds(old: number, recent: number, right = 0.75, left = 0.4, sure = 0.8): HoldoutAnswers {
  const random = seededRandom(7);
  const rows = old + recent;
  const truth = Int32Array.from({ length: rows }, () => (random() < 0.5 ? 1 : 0));
  const said = (isRight: (row: number) => number, saying = 0.8) =>
    Float64Array.from(
      [...truth].flatMap((y, row) => {
        const p = random() < isRight(row) === (y === 1) ? saying : 1 - saying;
        return [1 - p, p];
      }),
    );
  return {
    classes: ['a', 'b'],
    truth,
    challenger: said((row) => (row < old ? 0.5 : right)),
    champion: said((row) => (row < old ? 0.75 : left), sure),
    decisions: null,
    slices: [],
  };
}

function judged(answers: HoldoutAnswers, old: number, because: Recency['because']) {
  const whole = judgeChallenger(answers, settings, seededRandom(1));
  const rows = Int32Array.from({ length: answers.truth.length - old }, (_, i) => old + i);
  const recency = { since: 0, because };
  const taken = takeAnswers(answers, rows);
  const recent = judgeChallenger(taken, recentSettings(settings, recency, taken), seededRandom(1));
  return { whole: whole.gate, ...withRecent(whole.gate, recent, recency) };
}

const NEITHER = { challenger: null, champion: null };

describe('what is recent', () => {
  it.each([
    [
      { onset: 5, learntFrom: { challenger: 4, champion: 3 }, drifted: false },
      { since: 5, because: 'accuracy-drop' },
    ],
    [
      { onset: 5, learntFrom: NEITHER, drifted: true },
      { since: 5, because: 'accuracy-drop' },
    ],
    [
      { onset: null, learntFrom: { challenger: 4, champion: null }, drifted: true },
      { since: 4, because: 'changed' },
    ],
    [
      { onset: null, learntFrom: { challenger: 4, champion: 6 }, drifted: false },
      { since: 6, because: 'changed' },
    ],
    [
      { onset: null, learntFrom: { challenger: null, champion: 3 }, drifted: true },
      { since: 3, because: 'window' },
    ],
    [
      { onset: null, learntFrom: NEITHER, drifted: true },
      { since: 72 * DAY, because: 'data-drift' },
    ],
    [
      { onset: null, learntFrom: NEITHER, drifted: false },
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

  it('needs no proof of more points where the world has changed and it foresees that better for sure', () => {
    // About as often right, but the champion is far too sure of itself.
    const close = twoWorlds(2000, 1500, 0.75, 0.74, 0.97);
    expect(judged(close, 2000, 'window').recent?.verdict).toBe('inconclusive');
    const changed = judged(close, 2000, 'changed');
    expect(changed).toMatchObject({ verdict: 'pass', recent: { decides: true, because: 'changed' } });
    expect(changed.summary).toContain('training found that the newest rows are foreseen better');
    expect(changed.recent?.checks[0]?.explanation).toContain('as it foresees these rows better for sure');
  });

  it('asks for what it always asks for where the world has changed and it foresees that no better', () => {
    const alike = judged(twoWorlds(2000, 1500, 0.74, 0.74), 2000, 'changed');
    expect(alike.recent?.verdict).not.toBe('pass');
    expect(alike.recent?.checks.map(({ explanation }) => explanation).join()).not.toContain('for sure, as');
  });

  it('takes what a trial has to show from the recent rows, where neither part decides', () => {
    const answers = { ...twoWorlds(500, 500, 0.6, 0.6), champion: null };
    const whole = judgeChallenger(answers, settings, seededRandom(1));
    const trial = { suited: true, reason: 'r', measure: 'failures' as const, wanted: 0, urgent: true };
    const recent = { ...whole, gate: { ...whole.gate, trial } };
    expect(withRecent(whole.gate, recent, { since: 0, because: 'changed' }).trial).toEqual(trial);
    expect(withRecent(whole.gate, recent, { since: 0, because: 'definition' }).trial).toEqual(whole.gate.trial);
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

describe('what is asked of choices that nobody made since a drop', () => {
  const choice = { action: Int32Array.of(0, 1, 0, 1), success: Float64Array.of(0.1, 0.2, 0.3, 0.4) };
  const decisions = {
    executed: Int32Array.of(0, 0, 1, 1),
    failed: Uint8Array.of(0, 1, 0, 1),
    propensity: Float64Array.of(1, 1, 1, 1),
    challenger: choice,
    champion: choice,
    alike: 0,
  };
  const times = Float64Array.of(10, 20, 30, 40);
  const drop: Recency = { since: 40, because: 'accuracy-drop' };

  it.each<[string, number | null, Recency, number[] | null]>([
    ['all rows, where it has learnt from all', null, drop, [0, 0, 1, 1]],
    ['those of the time it has learnt from', 20, drop, [0, 1, 1]],
    ['none but the recent ones, where it has learnt from these', 40, drop, null],
    ['nothing more without a drop', null, { since: 40, because: 'definition' }, null],
  ])('%s', (_, learntFrom, recency, executed) => {
    const found = learntDecisions(decisions, times, learntFrom, recency);
    expect(found && [...found.executed]).toEqual(executed);
    expect(learntDecisions(null, times, learntFrom, recency)).toBeNull();
  });
});
