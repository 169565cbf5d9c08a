import { type EventOf, TOPICS, type Topic } from '#contracts/topics';

/** The field of an event that its topic's key column speaks of. */
const KEY_FIELDS: Record<(typeof TOPICS)[Topic]['key'], readonly string[]> = {
  'task id': ['task_id'],
  'source key': ['key'],
  model: ['model'],
  run: ['run_id'],
  'command id': ['command_id'],
  instance: ['instance'],
  installation: ['installation'],
};

/** The message key of an event: what keeps messages about one thing in order. Null where the event does not say. */
export function keyOf<T extends Topic>(topic: T, event: EventOf<T>): string | null {
  const fields: Record<string, unknown> = { ...event };
  for (const field of KEY_FIELDS[TOPICS[topic].key]) {
    const value = fields[field];
    if (typeof value === 'string' || typeof value === 'number') return String(value);
  }
  return null;
}
