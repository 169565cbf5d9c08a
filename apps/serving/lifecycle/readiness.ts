import type { ReadinessCheck } from '#platform/health';
import type { Follower } from '../deployment/follower.js';
import type { HeartbeatService } from '../deployment/heartbeat.js';
import type { ServingTransport } from '../keys.js';
import type { Drain } from './drain.js';

/**
 * Ready is an instance that has read the desired state and acts by it, or is about to; where the registry says that no version is
 * live as well, but not where the topics say nothing. Being cut off from Kafka is reported but leaves it ready: it goes on answering, and so would all the others. Not so
 * one that alone hears nothing while Kafka is there.
 */
export function readinessChecks(
  follower: Pick<Follower, 'unreadiness'>,
  transport: ServingTransport,
  drain: Drain,
  heartbeat: HeartbeatService,
): ReadinessCheck[] {
  return [
    { name: 'desired-state', check: () => follower.unreadiness(Date.now()) },
    { name: 'draining', check: () => (drain.active ? 'about to stop' : null) },
    { name: 'hearing', check: () => heartbeat.deafness() },
    { name: 'kafka', advisory: true, check: () => transport.health() },
  ];
}
