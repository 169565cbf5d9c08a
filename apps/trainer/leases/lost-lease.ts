import type { LeaseState } from '../storage/lease-store.js';

/** Why a lease does not hold any more, and what its trainer can do. */
export function whyLost({
  run: { runId },
  state,
  message,
  expiresAt,
  completedWith,
}: Omit<LeaseState, 'holds'>): string {
  if (state === 'cancelled') return `The training run ${runId} was ${message}. Stop training.`;
  if (state === 'done' || state === 'failed')
    return `The training run ${runId} has ended already: it is ${state}. Take the next lease.`;
  if (completedWith !== null) return `The training run ${runId} has a model already, and goes on with it.`;
  return `The lease ran out at ${expiresAt.toISOString()}, and the training run ${runId} was given back to the queue. Take a lease again, and extend it more often or ask for more lease_seconds.`;
}
