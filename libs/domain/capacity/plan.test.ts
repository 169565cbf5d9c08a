import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COSTS, costOf, FIGURES, type Figures } from './costs.js';
import { ASSUMED, type Load } from './load.js';
import { MEASURED } from './measured.js';
import { planFor } from './plan.js';

const DAY = 86_400;
const load: Load = {
  events: 100,
  decisions: 100,
  peak: 2,
  features: 15,
  models: 1,
  keepDays: 10,
  rawDays: 10,
  topicDays: 7,
  retrainDays: 7,
  trainRows: null,
  zones: 3,
};
/** Figures that can be counted with in the head: every one is 1, but for these. */
const figures = (changes: Figures): Figures => ({
  ...Object.fromEntries(FIGURES.map((name) => [name, 1])),
  ...changes,
});

describe('costs', () => {
  it.each([
    [5, 100],
    [15, 200],
    [25, 300],
    [45, 500],
    [1, 60],
  ])('of %d features lie on the line through the two that are measured: %d', (features, bytes) => {
    const two = figures({ 'capacity.told_5_event_bytes': 100, 'capacity.told_25_event_bytes': 300 });
    expect(costOf(two, 'eventWithFeatures', features)).toBe(bytes);
  });

  it('are never below nothing', () => {
    const steep = figures({ 'capacity.told_5_event_bytes': 1, 'capacity.told_25_event_bytes': 1000 });
    expect(costOf(steep, 'eventWithFeatures', 1)).toBe(0);
  });

  it('that are not measured are asked for', () => {
    expect(() => costOf({}, 'storedRate', 5)).toThrow(/ingest.ours_rows_per_second is not measured; run the benchmark/);
  });

  it('are all measured', () => {
    expect(Object.keys(MEASURED).sort()).toEqual([...FIGURES].sort());
    for (const [name, value] of Object.entries(MEASURED)) expect(value, name).toBeGreaterThanOrEqual(0);
    expect(Object.keys(COSTS).length).toBeGreaterThan(20);
  });
});

describe('a plan', () => {
  it.each([
    // A decided task leaves an outcome, a prediction, two ids, its row and a judgement of one byte each.
    { decisions: 100, removable: 2 * 100, lasting: 4 * 100 },
    // One that is told leaves an outcome, an id and its row.
    { decisions: 0, removable: 100, lasting: 2 * 100 },
    { decisions: 40, removable: 40 + 60 + 40, lasting: 140 + 40 + 60 + 40 },
    // Decisions without an outcome wait as rows of their own.
    { decisions: 150, removable: 100 + 150, lasting: 250 + 150 + 100 },
  ])('of 100 outcomes and $decisions decisions keeps what each leaves', ({ decisions, removable, lasting }) => {
    const { postgres } = planFor({ ...load, decisions }, figures({})).storage;
    expect(postgres.removable).toBe(removable * 10 * DAY);
    expect(postgres.lasting).toBe(lasting * 10 * DAY);
    expect(postgres.bytes).toBe(postgres.removable + postgres.lasting);
  });

  it('keeps raw rows for shorter than the dataset', () => {
    const whole = planFor(load, MEASURED).storage.postgres;
    const detached = planFor({ ...load, rawDays: 5 }, MEASURED).storage.postgres;
    expect(detached.removable).toBeCloseTo(whole.removable / 2);
    expect(detached.lasting).toBe(whole.lasting);
  });

  it.each([
    // Half of the rate is used, at twice the average, for outcomes and decisions.
    { stored: 1000, ingest: 2, partitions: 4 },
    { stored: 100, ingest: 8, partitions: 16 },
    { stored: 10, ingest: 80, partitions: 160 },
  ])(
    'takes $ingest feedback-ingest and $partitions partitions where one stores $stored a second',
    ({ stored, ingest, partitions }) => {
      const { instances } = planFor(load, figures({ 'ingest.ours_rows_per_second': stored }));
      expect(instances).toMatchObject({ ingest, partitions });
    },
  );

  it.each([
    { zones: 3, least: 2, brokers: 3 },
    { zones: 1, least: 1, brokers: 1 },
  ] as const)('has $least of what must not fail, with $zones zones', ({ zones, least, brokers }) => {
    const { instances, parts } = planFor({ ...load, events: 0.001, decisions: 0.001, zones }, MEASURED);
    expect(instances).toMatchObject({
      ingest: least,
      serving: least,
      registry: least,
      trainer: 1,
      evaluator: 1,
      partitions: 4,
    });
    expect(parts.find(({ part }) => part === 'Kafka broker')?.count).toBe(brokers);
  });

  it('says where it runs', () => {
    const stage = (changes: Partial<Load>) => planFor({ ...load, zones: 1, ...changes }, MEASURED).stage;
    expect(stage({ events: 0.01, decisions: 0.01 })).toBe('laptop');
    expect(stage({ events: 20, decisions: 20, trainRows: 1e6 })).toBe('one machine');
    expect(stage({ events: 20_000 })).toBe('more than one machine');
    expect(stage({ zones: 3 })).toBe('three zones');
  });

  it('learns from the newest rows where that is asked for, and then no number of outcomes fills the memory', () => {
    const some = planFor({ ...load, trainRows: 1e6 }, MEASURED);
    expect(some.instances.run).toMatchObject({ rows: 100 * 10 * DAY, learntFrom: 1e6 });
    expect(some.walls.find(({ name }) => name === 'training memory')?.reachedAt).toBeNull();
  });

  it('names as first the wall that is reached first, and at that load it is reached', () => {
    fc.assert(
      fc.property(
        fc.record({
          events: fc.double({ min: 0.1, max: 50_000, noNaN: true }),
          peak: fc.double({ min: 1, max: 20, noNaN: true }),
          features: fc.integer({ min: 1, max: 500 }),
          models: fc.integer({ min: 1, max: 100 }),
          keepDays: fc.integer({ min: 1, max: 1000 }),
        }),
        (changes) => {
          const asked = { ...load, ...changes, decisions: changes.events, rawDays: changes.keepDays };
          const { walls } = planFor(asked, MEASURED);
          const at = walls.map(({ reachedAt }) => reachedAt ?? Number.POSITIVE_INFINITY);
          expect(at).toEqual(at.toSorted((a, b) => a - b));
          // Serving comes in whole instances, so that the registry's wall is further away than a line says.
          for (const { name, reachedAt, share } of walls.filter((wall) => wall.name !== 'registry')) {
            const events = reachedAt ?? Number.NaN;
            expect(events < asked.events, name).toBe(share > 1);
            const there = planFor({ ...asked, events, decisions: events }, MEASURED).walls;
            expect(there.find((wall) => wall.name === name)?.share).toBeCloseTo(1, 6);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('tells of a training that cannot fit how many rows would', () => {
    const [first] = planFor({ ...load, events: 10_000, keepDays: 365 }, MEASURED).walls;
    expect(first?.name).toBe('training memory');
    const rows = Number(/at most ([\d,]+)/.exec(first?.remedy ?? '')?.[1]?.replaceAll(',', ''));
    const { trainerBytes } = planFor({ ...load, events: 10_000, keepDays: 365, trainRows: rows }, MEASURED).instances
      .run;
    expect(trainerBytes / ASSUMED.largestMemory).toBeGreaterThan(0.9);
    expect(trainerBytes / ASSUMED.largestMemory).toBeLessThan(1.1);
  });
});
