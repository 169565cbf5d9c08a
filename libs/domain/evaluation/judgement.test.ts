import { describe, expect, it } from 'vitest';
import type { Verdict } from '#contracts/events/evaluation';
import { GateThresholds } from '#contracts/model-definition';
import { type Random, seededRandom } from '../statistics/random.js';
import { type HoldoutAnswers, judgeChallenger } from './judgement.js';
import { gateSettings } from './profiles.js';

const ACTIONS = ['comment', 'profile', 'forum', 'guest'];
const SITES = 6;
const seed = gateSettings(GateThresholds.parse({ profile: 'seed' }), 'action-outcome');

/** The true P(success) of an action on a kind of site: good where the site supports it. */
const truth = (site: number, action: number) => (site % 4 === action ? 0.85 : site === 5 ? 0.6 : 0.12);

/** A model is the truth seen through a given share of mistaken beliefs, each of them about one site and action. */
function model(mistakes: number, random: Random) {
  const beliefs = Array.from({ length: SITES }, (_, site) =>
    ACTIONS.map((_, action) => (random() < mistakes ? 1 - truth(site, action) : truth(site, action))),
  );
  return (site: number, action: number) => beliefs[site]?.[action] ?? 0.5;
}

type Model = ReturnType<typeof model>;

function holdout(rows: number, challenger: Model, champion: Model | null, random: Random): HoldoutAnswers {
  const site = Int32Array.from({ length: rows }, () => Math.floor(random() * SITES));
  const executed = Int32Array.from({ length: rows }, () => Math.floor(random() * ACTIONS.length));
  const success = site.map((s, row) => (random() < truth(s, executed[row] ?? 0) ? 1 : 0));
  const answers = (of: Model) =>
    Float64Array.from(
      [...site].flatMap((s, row) => {
        const p = of(s, executed[row] ?? 0);
        return [1 - p, p];
      }),
    );
  const choices = (of: Model) =>
    site.map((s) => ACTIONS.reduce((best, _, action) => (of(s, action) > of(s, best) ? action : best), 0));
  const sureness = (of: Model) =>
    Float64Array.from(site, (s) => Math.max(...ACTIONS.map((_, action) => of(s, action))));
  return {
    classes: ['failed', 'success'],
    truth: success,
    challenger: answers(challenger),
    champion: champion ? answers(champion) : null,
    decisions: {
      executed,
      failed: Uint8Array.from(success, (s) => 1 - s),
      propensity: new Float64Array(rows).fill(0.25),
      challenger: { action: choices(challenger), success: sureness(challenger) },
      champion: champion ? { action: choices(champion), success: sureness(champion) } : null,
      alike: 0,
    },
    slices: [{ feature: 'action', values: ACTIONS, codes: executed }],
  };
}

const perfect = model(0, seededRandom(1));
const poor = model(0.15, seededRandom(3));
/** Learnt from shuffled labels: every probability is near the overall success rate, whatever the site. */
const shuffledRandom = seededRandom(4);
const shuffledBeliefs = Array.from({ length: SITES * ACTIONS.length }, () => 0.2 + 0.4 * shuffledRandom());
const shuffled: Model = (site, action) => shuffledBeliefs[site * ACTIONS.length + action] ?? 0.4;

describe('a challenger on simulated traffic of known truth', () => {
  it.each<[string, number, Model, Model | null, Verdict]>([
    ['a better one passes', 4000, perfect, poor, 'pass'],
    ['an equal one is inconclusive', 4000, poor, poor, 'inconclusive'],
    ['an equal one is inconclusive on many rows', 60_000, perfect, perfect, 'inconclusive'],
    ['a worse one fails', 4000, poor, perfect, 'fail'],
    ['a label-shuffled one fails', 4000, shuffled, perfect, 'fail'],
    ['a label-shuffled first version fails', 4000, shuffled, null, 'fail'],
    ['a good first version passes', 1500, perfect, null, 'pass'],
    ['a good one on 40 rows is inconclusive', 40, perfect, poor, 'inconclusive'],
  ])('%s', (_, rows, challenger, champion, verdict) => {
    const random = seededRandom(77);
    const judgement = judgeChallenger(holdout(rows, challenger, champion, random), seed, random);
    expect(judgement.gate.verdict, judgement.gate.summary).toBe(verdict);
  });

  it('fails on the baseline where labels were shuffled', () => {
    const random = seededRandom(9);
    const judgement = judgeChallenger(holdout(4000, shuffled, null, random), seed, random);
    expect(judgement.gate.checks.find((check) => check.check === 'beats_baseline')?.outcome).toBe('fail');
  });

  it('hardly ever passes an equal challenger whose mistakes lie elsewhere', () => {
    let passed = 0;
    for (let run = 0; run < 100; run++) {
      const random = seededRandom(500 + run);
      const noisy = (): Model => {
        const own = seededRandom(Math.floor(random() * 1e9));
        return (site, action) => (own() < 0.15 ? 1 - truth(site, action) : truth(site, action));
      };
      const judgement = judgeChallenger(holdout(1000, noisy(), noisy(), random), seed, random);
      if (judgement.gate.verdict === 'pass') passed++;
    }
    expect(passed).toBeLessThanOrEqual(3);
  });

  it('names the worst slice first', () => {
    const random = seededRandom(12);
    const blind: Model = (site, action) => (action === 2 ? 1 - truth(site, action) : truth(site, action));
    const { slices } = judgeChallenger(holdout(2000, blind, perfect, random), seed, random);
    expect(slices).toHaveLength(4);
    expect(slices[0]).toMatchObject({ feature: 'action', value: 'forum' });
    expect(slices[0]?.accuracy).toBeLessThan(slices[0]?.champion_accuracy ?? 0);
  });

  it('works for plain classification, without actions', () => {
    const random = seededRandom(13);
    const labels = Int32Array.from({ length: 900 }, () => Math.floor(random() * 3));
    const answers = (error: number) =>
      Float64Array.from(
        [...labels].flatMap((k) => {
          const guess = random() < error ? (k + 1) % 3 : k;
          return [0, 1, 2].map((c) => (c === guess ? 0.8 : 0.1));
        }),
      );
    const judgement = judgeChallenger(
      {
        classes: ['a', 'b', 'c'],
        truth: labels,
        challenger: answers(0.1),
        champion: answers(0.3),
        decisions: null,
        slices: [],
      },
      gateSettings(GateThresholds.parse({}), 'multi-class'),
      random,
    );
    expect(judgement.gate.verdict).toBe('pass');
    expect(judgement.failureRateReduction.method).toBe('not-applicable');
  });
});
