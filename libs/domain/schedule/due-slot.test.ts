import { describe, expect, it } from 'vitest';
import { dueSlot, scheduleProblem } from './due-slot.js';

const SUNDAY_2AM = '0 2 * * 0';

describe('the weekly schedule', () => {
  it.each([
    ['a minute before', '2026-01-01T00:00:00Z', '2026-01-04T01:59:59Z', null],
    ['on the second', '2026-01-01T00:00:00Z', '2026-01-04T02:00:00Z', '2026-01-04T02:00:00.000Z'],
    ['days later, made up', '2026-01-01T00:00:00Z', '2026-01-07T12:00:00Z', '2026-01-04T02:00:00.000Z'],
    ['three weeks missed, made up once', '2025-12-14T02:00:00Z', '2026-01-07T12:00:00Z', '2026-01-04T02:00:00.000Z'],
    ['done already', '2026-01-04T02:00:00Z', '2026-01-07T12:00:00Z', null],
    ['done by a clock that ran ahead', '2026-01-11T02:00:00Z', '2026-01-07T12:00:00Z', null],
    ['began to count after the slot', '2026-01-04T02:00:01Z', '2026-01-10T00:00:00Z', null],
  ])('%s', (_, since, now, expected) => {
    expect(dueSlot(SUNDAY_2AM, new Date(since), new Date(now))?.toISOString() ?? null).toBe(expected);
  });

  it('is in UTC, whatever the zone of the machine, also when clocks change', () => {
    const since = new Date('2026-03-22T02:00:00Z');
    expect(dueSlot(SUNDAY_2AM, since, new Date('2026-03-29T02:00:00Z'))?.toISOString()).toBe(
      '2026-03-29T02:00:00.000Z',
    );
  });

  it('has an H stand for one time of a model, so that a daily run is due once a day, and models spread', () => {
    const slots = (model: string): string[] => {
      const found: string[] = [];
      let since = new Date('2026-01-01T00:00:00Z');
      for (let look = since.getTime(); look < Date.parse('2026-01-08T00:00:00Z'); look += 10 * 60_000) {
        const slot = dueSlot('H H * * *', since, new Date(look), model);
        if (slot === null) continue;
        found.push(slot.toISOString());
        since = slot;
      }
      return found;
    };
    expect(slots('backlink-outcome')).toHaveLength(7);
    expect(new Set(slots('backlink-outcome').map((slot) => slot.slice(11))).size).toBe(1);
    const times = ['churn', 'fraud', 'tickets', 'backlink-outcome'].map((model) => slots(model)[0]);
    expect(new Set(times).size).toBe(times.length);
  });

  it('never comes due when there is none', () => {
    expect(dueSlot('', new Date(0), new Date())).toBeNull();
  });

  it.each([
    ['0 2 * * 0', null],
    ['*/5 * * * *', null],
    ['', null],
    ['0 2 * *', /five fields/],
    ['0 25 * * 0', /not a cron line/],
    ['sundays at two', /five fields/],
    ['0 2 * * 0 0 0', /five fields/],
  ])('%j is checked', (schedule, problem) => {
    if (problem === null) expect(scheduleProblem(schedule)).toBeNull();
    else expect(scheduleProblem(schedule)).toMatch(problem);
  });
});
