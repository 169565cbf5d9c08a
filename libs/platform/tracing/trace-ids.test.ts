import { describe, expect, it } from 'vitest';
import { isRecorded, parseTraceparent, spanOf, traceparentOf } from './trace-ids.js';

describe('trace ids', () => {
  it('are those of the thing', () => {
    const ref = spanOf('0D6E3F2C-4f0e-4b35-9a57-6f3f5f0c2a11');
    expect(ref).toEqual({ traceId: '0d6e3f2c4f0e4b359a576f3f5f0c2a11', spanId: '9a576f3f5f0c2a11' });
    expect(ref && traceparentOf(ref)).toBe('00-0d6e3f2c4f0e4b359a576f3f5f0c2a11-9a576f3f5f0c2a11-01');
  });

  it.each(['', 'task-1', '0d6e3f2c-4f0e-4b35-0000-000000000000'])('are none for %j', (id) => {
    expect(spanOf(id)).toBeNull();
  });

  it.each([
    ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', true],
    ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00', false],
  ])('are read from %s', (header, sampled) => {
    expect(parseTraceparent(header)).toEqual({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      sampled,
    });
  });

  it.each([
    undefined,
    '',
    'x',
    '00-00000000000000000000000000000000-b7ad6b7169203331-01',
    '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
  ])('are not read from %j', (header) => {
    expect(parseTraceparent(header)).toBeNull();
  });

  it.each([
    ['00000000', 0, false],
    ['ffffffff', 1, true],
    ['7fffffff', 0.5, true],
    ['80000000', 0.5, false],
  ])('%s… of a share of %d is recorded: %s', (start, share, recorded) => {
    expect(isRecorded(start.padEnd(32, '0'), share)).toBe(recorded);
  });
});
