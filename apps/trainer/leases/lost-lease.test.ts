import { describe, expect, it } from 'vitest';
import { whyLost } from './lost-lease.js';

const lease = {
  run: {
    runId: 'r1',
    requestId: 'q1',
    model: 'm',
    actor: 'a',
    autoDeploy: true,
    backend: 'xgboost',
    engine: 'external',
  },
  expiresAt: new Date('2026-01-02T03:04:05Z'),
  message: '',
} as const;
const rest = { stage: 'train', attempts: 1, owner: -1, tune: null, import: null, snapshotHash: null } as const;
const why = (state: string, message = '', completed = false): string =>
  whyLost({
    ...lease,
    run: { ...lease.run, ...rest, startedAt: new Date(0) },
    state,
    message,
    completedWith: completed ? { format: 'xgboost-json', model: 'sha256:a', description: 'sha256:b' } : null,
  });

describe('a lease that does not hold any more', () => {
  it.each([
    [
      'cancelled',
      'cancelled by ann: not now',
      false,
      'The training run r1 was cancelled by ann: not now. Stop training.',
    ],
    ['failed', '', false, 'The training run r1 has ended already: it is failed. Take the next lease.'],
    ['done', '', true, 'The training run r1 has ended already: it is done. Take the next lease.'],
    ['queued', '', true, 'The training run r1 has a model already, and goes on with it.'],
  ])('says of a run that is %s (%s) what became of it', (state, message, completed, sentence) => {
    expect(why(state, message, completed)).toBe(sentence);
  });

  it.each(['queued', 'running'])('of a run that is %s for another: when it ran out, and what helps', (state) => {
    expect(why(state)).toBe(
      'The lease ran out at 2026-01-02T03:04:05.000Z, and the training run r1 was given back to the queue. Take a lease again, and extend it more often or ask for more lease_seconds.',
    );
  });
});
