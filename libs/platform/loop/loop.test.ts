import { SchedulerRegistry } from '@nestjs/schedule';
import { register } from 'prom-client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createLogger } from '../logging.js';
import { Loop, type LoopOptions } from './loop.js';
import { Loops } from './loops.js';

/** Far longer than a test may take: a step that comes after it was woken. */
const NEVER_MS = 3_600_000;
const logger = createLogger('test', 'silent');
const started: Loop[] = [];

function loopOf(step: LoopOptions['step'], more: Partial<LoopOptions> = {}): Loop {
  const loop = new Loop({ name: 'work', everyMs: NEVER_MS, step, logger, ...more });
  started.push(loop);
  loop.start();
  return loop;
}

const seriesOf = async (name: string): Promise<number | undefined> => {
  const metric = await register.getSingleMetric(name)?.get();
  return metric?.values.find(({ labels }) => labels.loop === 'work')?.value;
};

afterEach(async () => {
  for (const loop of started.splice(0)) await loop.stop();
});

describe('a loop', () => {
  it('goes on at once while there is more to do, then waits to be woken', async () => {
    const left = [true, true, false, false];
    const step = vi.fn(async () => left.shift() ?? false);
    const loop = loopOf(step);
    await vi.waitFor(() => expect(step).toHaveBeenCalledTimes(3));
    loop.wake();
    await vi.waitFor(() => expect(step).toHaveBeenCalledTimes(4));
  });

  it('looks once more when it was woken during a step, and never runs twice at once', async () => {
    let inside = 0;
    let most = 0;
    const ends: (() => void)[] = [];
    const step = vi.fn(async () => {
      most = Math.max(most, ++inside);
      await new Promise<void>((resolve) => ends.push(resolve));
      inside--;
    });
    const loop = loopOf(step);
    await vi.waitFor(() => expect(ends).toHaveLength(1));
    loop.wake();
    loop.wake();
    loop.start();
    ends[0]?.();
    await vi.waitFor(() => expect(ends).toHaveLength(2));
    ends[1]?.();
    await vi.waitFor(() => expect(loop.status().runningMs).toBeNull());
    expect(step).toHaveBeenCalledTimes(2);
    expect(most).toBe(1);
  });

  it.each([
    [
      'throws before its first await',
      () => {
        throw new Error('broken');
      },
    ],
    ['rejects', () => Promise.reject(new Error('broken'))],
    ['throws what is no error', () => Promise.reject('broken')],
  ])('whose step %s shows its failure and is tried again', async (_, fail: () => Promise<void>) => {
    let failures = 3;
    const step = vi.fn((): Promise<void> => (failures-- > 0 ? fail() : Promise.resolve()));
    const loop = loopOf(step, { longestBackOffMs: 100 });
    await vi.waitFor(() => expect(loop.status().lastFailure).toMatchObject({ reason: 'broken' }));
    expect(loop.status().lastRun).toBeNull();
    await vi.waitFor(() => expect(loop.status().lastRun).not.toBeNull());
    expect(step).toHaveBeenCalledTimes(4);
    expect(loop.status().lastFailure).toMatchObject({ reason: 'broken' });
  });

  it('tells an outage once, and its end', async () => {
    const told: string[] = [];
    const listening = createLogger('test', 'info');
    vi.spyOn(listening, 'warn').mockImplementation(() => told.push('warn'));
    vi.spyOn(listening, 'info').mockImplementation(() => told.push('info'));
    let failures = 3;
    const step = async (): Promise<void> => {
      if (failures-- > 0) throw new Error('connection refused');
    };
    const loop = loopOf(step, { logger: listening, longestBackOffMs: 100 });
    await vi.waitFor(() => expect(loop.status().lastRun).not.toBeNull());
    expect(told).toEqual(['warn', 'info']);
  });

  it('that hangs is seen in its status and in the metrics', async () => {
    let end = () => {};
    const loop = loopOf(() => new Promise<void>((resolve) => (end = resolve)), { patienceMs: 1_000 });
    await vi.waitFor(() => expect(loop.status().runningMs).not.toBeNull());
    const later = (ms: number) => loop.status(Date.now() + ms);
    expect(later(500)).toMatchObject({ lateMs: 0, hanging: false });
    expect(later(3_000).lateMs).toBeGreaterThan(1_500);
    expect(later(11_000).hanging).toBe(true);
    vi.useFakeTimers({ now: Date.now() + 60_000, toFake: ['Date'] });
    try {
      expect(await seriesOf('ratchet_loop_last_success_age_seconds')).toBeGreaterThan(59);
      expect(await seriesOf('ratchet_loop_step_running_seconds')).toBeGreaterThan(59);
      expect(await seriesOf('ratchet_loop_late_seconds')).toBeGreaterThan(57);
    } finally {
      vi.useRealTimers();
    }
    end();
    await vi.waitFor(() => expect(loop.status().runningMs).toBeNull());
    expect(await seriesOf('ratchet_loop_late_seconds')).toBe(0);
  });

  it('ends when the step in hand is over, tells that step, and begins no other', async () => {
    const events: string[] = [];
    const loop = loopOf(async (stopping): Promise<boolean> => {
      events.push('begin');
      await new Promise<void>((resolve) => stopping.addEventListener('abort', () => setImmediate(resolve)));
      events.push('end');
      return true;
    });
    await vi.waitFor(() => expect(events).toEqual(['begin']));
    await loop.stop();
    expect(events).toEqual(['begin', 'end']);
    loop.start();
    expect(await seriesOf('ratchet_loop_late_seconds')).toBeUndefined();
    expect(events).toEqual(['begin', 'end']);
  });

  it('does not wait for a step that it may abandon', async () => {
    const loop = loopOf(() => new Promise<void>(() => undefined), { abandonable: true });
    await vi.waitFor(() => expect(loop.status().runningMs).not.toBeNull());
    await loop.stop();
    expect(loop.status().lastRun).toBeNull();
  });

  it('can be ended during its back-off and before its first step', async () => {
    const failing = loopOf((): Promise<void> => Promise.reject(new Error('no')));
    await vi.waitFor(() => expect(failing.status().lastFailure).not.toBeNull());
    await failing.stop();
    const step = vi.fn(async () => undefined);
    await loopOf(step, { firstAfterMs: NEVER_MS }).stop();
    expect(step).not.toHaveBeenCalled();
  });
});

describe('the list of loops', () => {
  it('starts what was added, knows each by its name, refuses a second of that name, and ends all', async () => {
    const registry = new SchedulerRegistry();
    const loops = new Loops(registry);
    const step = vi.fn(async () => undefined);
    const early = loops.add(new Loop({ name: 'early', everyMs: NEVER_MS, step, logger }));
    expect(step).not.toHaveBeenCalled();
    loops.start();
    loops.add(new Loop({ name: 'late', everyMs: NEVER_MS, step, logger }));
    await vi.waitFor(() => expect(step).toHaveBeenCalledTimes(2));
    expect(registry.getIntervals()).toEqual(['early', 'late']);
    expect(loops.status().map(({ name }) => name)).toEqual(['early', 'late']);
    expect(() => loops.add(new Loop({ name: 'late', everyMs: 1, step, logger }))).toThrow(
      'There are two loops by the name "late"',
    );
    await loops.stop();
    early.wake();
    expect(step).toHaveBeenCalledTimes(2);
  });
});
