import { describe, expect, it } from 'vitest';
import { TrialPlan } from '#contracts/model-definition';
import { armsByStep, type TrialMinute, trialCurve } from './curve.js';

const START = Date.UTC(2026, 0, 5, 10);
const minute = (
  n: number,
  generation: number,
  role: TrialMinute['role'],
  outcomes: number,
  failures: number,
): TrialMinute => ({ at: new Date(START + n * 60_000).toISOString(), generation, role, outcomes, failures });

describe('the outcomes of a trial', () => {
  it('are those of tasks decided in its steps, whatever generations came between', () => {
    const minutes = [
      minute(0, 6, 'live', 50, 40),
      minute(0, 7, 'canary', 3, 1),
      minute(0, 7, 'live', 30, 9),
      minute(1, 8, 'live', 20, 6),
      minute(2, 9, 'canary', 10, 2),
      minute(2, 9, 'live', 10, 3),
    ];
    expect(armsByStep(minutes, [7, 9])).toEqual([
      { canary: { outcomes: 3, failures: 1 }, live: { outcomes: 50, failures: 15 } },
      { canary: { outcomes: 10, failures: 2 }, live: { outcomes: 10, failures: 3 } },
    ]);
  });

  it('make a curve of two dozen points, each of all tasks until then, with bounds that close in', () => {
    const minutes = Array.from({ length: 400 }, (_, n) => [
      minute(n, 7, 'canary', 5, 1),
      minute(n, 7, 'live', 20, 8),
    ]).flat();
    const plan = TrialPlan.parse({});
    const now = new Date(START);
    const curve = trialCurve(minutes, [7], {
      plan,
      percent: 20,
      startedAt: now,
      now,
      outcomesInStep: 0,
      wanted: 0.05,
      measure: 'failures',
      tolerated: 0.05,
      troubles: [],
    });
    expect(curve).toHaveLength(24);
    expect(curve.at(-1)).toMatchObject({
      tasks: 10_000,
      canary: { outcomes: 2000, failures: 400 },
      live: { outcomes: 8000, failures: 3200 },
    });
    expect(curve.at(-1)?.estimate?.value).toBeCloseTo(0.5, 2);
    const widths = curve.map(({ estimate }) => (estimate ? estimate.high - estimate.low : Number.NaN));
    expect(widths).toEqual([...widths].sort((a, b) => b - a));
  });

  it('are none before the first', () => {
    expect(armsByStep([], [7])).toEqual([{ canary: { outcomes: 0, failures: 0 }, live: { outcomes: 0, failures: 0 } }]);
  });
});
