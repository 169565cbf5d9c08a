import { describe, expect, it } from 'vitest';
import { feedbackAlerts } from './feedback-alerts.js';

const at = (minute: number) => new Date(Date.UTC(2026, 0, 4, 9, minute, 31));
const letters = (topic: string, reason: string, waiting: number, minute: number) => ({
  topic,
  reason,
  waiting,
  since: at(minute),
});

describe('what is told of feedback', () => {
  it.each([
    ['nothing, where nothing waits', [], null],
    [
      'one that waits',
      [letters('automation.outcomes', 'not-json', 1, 12)],
      'A refused message waits since 2026-01-04 09:12 UTC: 1 of automation.outcomes (not-json).',
    ],
    [
      'how many, since when, and the most first',
      [letters('shadow.outcomes', 'contract', 2, 12), letters('automation.outcomes', 'not-json', 40, 3)],
      '42 refused messages wait since 2026-01-04 09:03 UTC: 40 of automation.outcomes (not-json), 2 of shadow.outcomes (contract).',
    ],
    [
      'no more kinds than can be read',
      Array.from({ length: 7 }, (_, i) => letters(`t${i}`, 'contract', 1, i)),
      '7 refused messages wait since 2026-01-04 09:00 UTC: 1 of t0 (contract), 1 of t1 (contract), 1 of t2 (contract), 1 of t3 (contract), 1 of t4 (contract), 2 more kinds.',
    ],
  ])('%s', (_, waiting, told) => {
    expect(feedbackAlerts(waiting, null)).toEqual({ 'feedback-refused': told, 'feedback-stopped': null });
  });

  it.each([
    [59_999, null],
    [
      60_000,
      'feedback-ingest has given no sign of life since 2026-01-04 09:12 UTC. What is sent waits in Kafka, and is taken when it is back.',
    ],
  ])('of a pulse %i ms ago', (ageMs, told) => {
    expect(feedbackAlerts([], { at: at(12), ageMs })['feedback-stopped']).toBe(told);
  });
});
