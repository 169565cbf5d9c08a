import type { KafkaTransport } from '#kafka/transport';
import type { ReadinessCheck } from '#platform/health';
import type { Follower } from '../deployment/follower.js';
import type { Drain } from './drain.js';

/**
 * Ready is an instance that has read the desired state and acts by it, or is about to; without any version live as
 * well. Being cut off from Kafka is reported but leaves it ready: it goes on answering, and so would all the others.
 */
export function readinessChecks(follower: Follower, transport: KafkaTransport, drain: Drain): ReadinessCheck[] {
  return [
    { name: 'desired-state', check: () => follower.unreadiness(Date.now()) },
    { name: 'draining', check: () => (drain.active ? 'about to stop' : null) },
    { name: 'kafka', advisory: true, check: () => transport.health() },
  ];
}
