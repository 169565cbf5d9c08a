import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { endWhenLost } from './end-when-lost.js';
import { createLogger } from './logging.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('ends a process that has been lost for half a minute without a break, and no other', async () => {
  let lost: string | null = null;
  const end = vi.fn();
  const loop = endWhenLost({ lostBecause: async () => lost }, createLogger('test', 'silent'), end);
  loop.start();
  await vi.advanceTimersByTimeAsync(60_000);
  lost = 'deaf';
  await vi.advanceTimersByTimeAsync(25_000);
  lost = null;
  await vi.advanceTimersByTimeAsync(5_000);
  lost = 'deaf again';
  await vi.advanceTimersByTimeAsync(25_000);
  expect(end).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(15_000);
  expect(end).toHaveBeenCalled();
  await loop.stop();
});
