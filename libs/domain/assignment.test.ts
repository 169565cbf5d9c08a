import { describe, expect, it } from 'vitest';
import { canaryPosition, goesToCanary } from './assignment.js';

const tasks = Array.from({ length: 100_000 }, (_, i) => String(9000 + i));
const canary = `sha256:${'a1'.repeat(32)}`;

describe('the tasks of a canary', () => {
  it.each([1, 10, 25, 50, 99])('are %d %% of all', (percent) => {
    const share = tasks.filter((task) => goesToCanary(canary, percent, task)).length / tasks.length;
    // Four standard deviations.
    const tolerance = 4 * Math.sqrt(((percent / 100) * (1 - percent / 100)) / tasks.length);
    expect(Math.abs(share - percent / 100)).toBeLessThan(tolerance);
  });

  it('stay with it when the percentage grows, and are all of them at 100', () => {
    const steps = [10, 25, 50, 100];
    const left = tasks.filter((task) => {
      const answers = steps.map((percent) => goesToCanary(canary, percent, task));
      return answers.some((canaryAnswers, i) => canaryAnswers && answers.slice(i).includes(false)) || !answers.at(-1);
    });
    expect(left).toEqual([]);
  });

  it('are others for another canary', () => {
    const other = `sha256:${'a2'.repeat(32)}`;
    const both = tasks.filter((task) => goesToCanary(canary, 10, task) && goesToCanary(other, 10, task)).length;
    expect(both / tasks.length).toBeGreaterThan(0.005);
    expect(both / tasks.length).toBeLessThan(0.015);
  });

  it('never change, on any instance or release', () => {
    expect(['1', '9041', 'täsk', ''].map((task) => Math.floor(canaryPosition('c', task)))).toEqual([55, 27, 76, 18]);
  });
});
