import { describe, expect, it } from 'vitest';
import type { SpanRecord, SpanSink } from './span.js';
import { type SpanRef, spanOf } from './trace-ids.js';
import { startTracing, Tracing, tracing } from './tracing.js';

const DECISION = '0d6e3f2c-4f0e-4b35-9a57-6f3f5f0c2a11';
const UNRECORDED = 'fd6e3f2c-4f0e-4b35-9a57-6f3f5f0c2a11';
const CALLER = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
const span = (more: Partial<SpanRecord>): SpanRecord => ({
  name: 'work',
  kind: 'internal',
  of: DECISION,
  from: 1,
  to: 2,
  attributes: {},
  ...more,
});

/** What is handed to the sink, where one trace in two is recorded. */
function emitted(record: SpanRecord) {
  const calls: { own: SpanRef | null; parent: SpanRef | null; links: string[] }[] = [];
  const sink: SpanSink = {
    emit: (_, own, parent, links) => calls.push({ own, parent, links: links.map(({ traceId }) => traceId) }),
    close: async () => undefined,
  };
  new Tracing(sink, 0.5).record(record);
  return calls;
}

describe('a span', () => {
  const ref = spanOf(DECISION);
  const caller = (flags: string): string => `00-${CALLER.traceId}-${CALLER.spanId}-${flags}`;

  it.each<[string, Partial<SpanRecord>, unknown[]]>([
    ['of a thing itself has the ids of the thing', { isItself: true }, [{ own: ref, parent: null, links: [] }]],
    ['of work for it is below', {}, [{ own: null, parent: ref, links: [] }]],
    ['of a trace that is not recorded is dropped', { of: UNRECORDED, isItself: true }, []],
    ['of something without an id is dropped', { of: 'task-1' }, []],
    [
      'points to other things whose traces are recorded',
      { links: [UNRECORDED, '1d6e3f2c-4f0e-4b35-9a57-6f3f5f0c2a11'] },
      [{ own: null, parent: ref, links: ['1d6e3f2c4f0e4b359a576f3f5f0c2a11'] }],
    ],
    [
      'is in its caller’s trace as well, if the caller records it',
      { isItself: true, caller: caller('01') },
      [
        { own: ref, parent: null, links: [CALLER.traceId] },
        { own: null, parent: { ...CALLER, sampled: true }, links: [ref?.traceId] },
      ],
    ],
    [
      'is not, if the caller does not',
      { isItself: true, caller: caller('00') },
      [{ own: ref, parent: null, links: [CALLER.traceId] }],
    ],
    [
      'is in its caller’s trace alone, if its own is not recorded',
      { of: UNRECORDED, isItself: true, caller: caller('01') },
      [{ own: null, parent: { ...CALLER, sampled: true }, links: [] }],
    ],
    [
      'does not point to its own trace',
      { caller: `00-${ref?.traceId}-${ref?.spanId}-01` },
      [{ own: null, parent: ref, links: [] }],
    ],
  ])('%s', (_, more, expected) => {
    expect(emitted(span(more))).toEqual(expected);
  });
});

describe('tracing', () => {
  it('is off where nobody says where spans go', async () => {
    const { createLogger } = await import('../logging.js');
    await startTracing('test', createLogger('test', 'silent'), {});
    expect(tracing()).toBeNull();
  });
});
