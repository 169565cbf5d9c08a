import { describe, expect, it } from 'vitest';
import { streamAlerts, type ToldIncident } from './incidents.js';

const incident = (over: Partial<ToldIncident>): ToldIncident => ({
  kind: 'lost',
  topic: 'predictions',
  partition: 0,
  from: 0n,
  to: 0n,
  ...over,
});

describe('alerts about streams', () => {
  it('are none without incidents', () => {
    expect(streamAlerts([])).toEqual({ 'feedback-lost': null, 'topic-remade': null });
  });

  it('count what was lost, and say where', () => {
    const lost = [incident({ from: 5n, to: 9n }), incident({ partition: 2, from: 0n, to: 3n })];
    expect(streamAlerts(lost)).toEqual({
      'feedback-lost':
        '7 messages of predictions were removed by retention before they were read (partition 0: 5 to 8, partition 2: 0 to 2).',
      'topic-remade': null,
    });
  });

  it('tell a topic that was made anew from one that lost its end', () => {
    const told = streamAlerts([
      incident({ kind: 'truncated', topic: 'shadow.outcomes', from: 7n }),
      incident({ kind: 'remade', from: 40n }),
    ]);
    expect(told['topic-remade']).toBe(
      'predictions is another topic of the same name: it is read from its beginning, and what was stored before is recognised (partition 0 was at 40). ' +
        'shadow.outcomes lost its end: it is read from its beginning, and what was stored before is recognised (partition 0 was at 7).',
    );
  });

  it('name some places of many', () => {
    const many = Array.from({ length: 10 }, (_, partition) => incident({ partition, to: 1n }));
    expect(streamAlerts(many)['feedback-lost']).toContain('and 2 more).');
  });
});
