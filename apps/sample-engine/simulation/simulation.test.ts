import { describe, expect, it } from 'vitest';
import { AutomationOutcome, ShadowOutcome } from '#contracts/events/feedback';
import type { DecideResponse } from '#contracts/http/serving';
import { seededRandom } from '#domain/statistics/random';
import { type Attempt, drawAttempts, taskSuccessProbability } from './attempts.js';
import { eventId, outcomeOf, shadowOf } from './messages.js';
import { drawTask } from './task.js';

const decision: DecideResponse = {
  prediction_id: '00000000-0000-4000-8000-000000000001',
  model: 'backlink-outcome',
  model_version: 'v1.0.0',
  generation: 1,
  role: 'live',
  decision: 'profile',
  confidence: 0.7,
  probabilities: { comment: 0.1, profile: 0.7, forum: 0.2, guest: 0.05 },
  propensity: 1,
};
const attempt: Attempt = {
  retryCount: 1,
  success: false,
  failureReason: 'captcha_failed',
  captchaType: 'hcaptcha',
  executionTime: 41.2,
};
const time = new Date('2026-01-04T09:12:31.118Z');
const sample = drawTask(1, 1);

describe('drawTask', () => {
  it('depends on seed and number alone', () => {
    const { luck: _, ...again } = drawTask(7, 3);
    drawTask(7, 2);
    expect(drawTask(7, 3)).toMatchObject(again);
    expect(drawTask(7, 4).site).not.toEqual(again.site);
    expect(drawTask(8, 3).site).not.toEqual(again.site);
    expect(drawTask(7, 3).luck()).toBe(drawTask(7, 3).luck());
  });

  it('goes by its own rule only where it does not follow', () => {
    const shadows = (follow: number) =>
      Array.from({ length: 2000 }, (_, i) => drawTask(1, i, { follow, truth: 'friendly' })).filter(
        (task) => task.shadow,
      ).length;
    expect(shadows(1)).toBe(0);
    expect(shadows(0)).toBe(2000);
    expect(shadows(0.85) / 2000).toBeCloseTo(0.15, 1);
  });

  it('leaves features out about as often as real crawls do', () => {
    const sites = Array.from({ length: 5000 }, (_, i) => drawTask(1, i).site);
    const missing = (key: 'da' | 'requires_login'): number =>
      sites.filter((site) => site[key] === undefined).length / 5000;
    expect(missing('da')).toBeGreaterThan(0.3);
    expect(missing('da')).toBeLessThan(0.4);
    expect(missing('requires_login')).toBeGreaterThan(0.02);
    expect(missing('requires_login')).toBeLessThan(0.1);
  });
});

describe('attempts', () => {
  it.each([0.05, 0.4, 0.8])('end in success as often as taskSuccessProbability(%d) says', (probability) => {
    const random = seededRandom(3);
    const runs = 40_000;
    let succeeded = 0;
    for (let i = 0; i < runs; i++)
      if (drawAttempts(probability, sample.site, 'forum', random).at(-1)?.success) succeeded++;
    // Four standard errors.
    expect(Math.abs(succeeded / runs - taskSuccessProbability(probability))).toBeLessThan(4 * Math.sqrt(0.25 / runs));
  });

  it('count up, end with the first success, and give a reason exactly for failures', () => {
    const random = seededRandom(4);
    for (let i = 0; i < 2000; i++) {
      const attempts = drawAttempts(0.3, sample.site, 'comment', random);
      expect(attempts.map(({ retryCount }) => retryCount)).toEqual(attempts.map((_, n) => n));
      expect(attempts.length).toBeLessThanOrEqual(3);
      expect(attempts.slice(0, -1).every(({ success }) => !success)).toBe(true);
      for (const each of attempts) expect(each.failureReason === null).toBe(each.success);
    }
  });
});

describe('messages', () => {
  it('hold what the contracts ask for', () => {
    const choice = { executed: 'profile' as const, decision };
    const followed = outcomeOf({ ...sample, shadow: false, leavesSiteOut: true }, choice, attempt, time);
    expect(AutomationOutcome.parse(followed)).toEqual(followed);
    expect(followed).toMatchObject({
      timestamp: '2026-01-04T09:12:31.118000Z',
      model_version: 'v1.0.0',
      retry_count: 1,
    });
    const shadow = shadowOf(sample, 'forum', decision, attempt, time);
    expect(ShadowOutcome.parse(shadow)).toEqual(shadow);
    expect(JSON.parse(String(shadow.ai_probabilities))).toEqual(decision.probabilities);
  });

  it('name a decision only where it was followed, and leave the site out only then', () => {
    const leavesSiteOut = { ...sample, leavesSiteOut: true };
    const alone = outcomeOf({ ...leavesSiteOut, shadow: false }, { executed: 'forum', decision: null }, attempt, time);
    const shadow = outcomeOf({ ...leavesSiteOut, shadow: true }, { executed: 'forum', decision }, attempt, time);
    const followed = outcomeOf({ ...leavesSiteOut, shadow: false }, { executed: 'profile', decision }, attempt, time);
    expect('prediction_id' in alone || 'prediction_id' in shadow).toBe(false);
    expect(alone.site).toEqual(sample.site);
    expect(shadow.site).toEqual(sample.site);
    expect(followed.prediction_id).toBe(decision.prediction_id);
    expect('site' in followed).toBe(false);
  });

  it('do not claim to know how a suggestion would have gone that nobody tried', () => {
    expect(shadowOf(sample, 'forum', decision, attempt, time).ai_would_have_succeeded).toBeNull();
    expect(shadowOf(sample, 'profile', decision, { ...attempt, success: true }, time)).toMatchObject({
      ai_correct: true,
      ai_would_have_succeeded: true,
    });
  });

  it('have one id for each attempt and topic, and the same one in a repetition', () => {
    const retry = { ...attempt, retryCount: 2 };
    const ids = [
      eventId(sample, attempt, 'automation.outcomes'),
      eventId(sample, retry, 'automation.outcomes'),
      eventId(sample, attempt, 'shadow.outcomes'),
      eventId(drawTask(1, 2), attempt, 'automation.outcomes'),
    ];
    expect(new Set(ids).size).toBe(4);
    expect(eventId(drawTask(1, 1), { ...attempt }, 'automation.outcomes')).toBe(ids[0]);
  });
});
