import { contentId } from '#domain/feedback/event-id';
import type { TestMessage } from '../../stack/feedback.js';
import { BROKEN } from './broken.js';

/** A small generator of numbers (mulberry32), so that a failing run can be repeated. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export interface FaultyStream {
  readonly messages: readonly TestMessage[];
  /** Ids of the events that must be stored. */
  readonly eventIds: ReadonlySet<string>;
  /** Result of the last attempt of each task. */
  readonly outcomes: ReadonlyMap<string, string>;
  /** How many dead letters of each reason there must be. */
  readonly deadLetters: ReadonlyMap<string, number>;
}

export interface StreamOptions {
  readonly seed: number;
  readonly events: number;
  /** Share of broken messages. */
  readonly broken?: number;
  /** The largest kinds of broken messages are rare, or the suite would be about nothing else. */
  readonly huge?: number;
}

const BASE = Date.UTC(2026, 0, 1);
const ACTIONS = ['comment', 'profile', 'forum', 'guest'];

/** Retried tasks, repeated messages, all out of order, with broken ones between them. */
export function faultyStream({ seed, events, broken = 0.02, huge = 3 }: StreamOptions): FaultyStream {
  const next = random(seed);
  const pick = (n: number): number => Math.floor(next() * n);
  const messages: TestMessage[] = [];
  const eventIds = new Set<string>();
  const outcomes = new Map<string, string>();
  const lastAt = new Map<string, number>();
  const deadLetters = new Map<string, number>();
  const tasks = Math.ceil(events * 0.6);
  let hugeSent = 0;
  for (let i = 0; i < events; i++) {
    if (next() < broken) {
      const kind = BROKEN[messages.length % BROKEN.length];
      if (!kind || (kind[0] === 'five megabytes' && ++hugeSent > huge)) continue;
      messages.push({ key: `broken-${i}`, value: kind[2](i) });
      deadLetters.set(kind[1], (deadLetters.get(kind[1]) ?? 0) + 1);
      continue;
    }
    const task = `task-${seed}-${pick(tasks)}`;
    // A microsecond each of its own, so that every task has exactly one last attempt.
    const at = pick(86_400) * 1000 + i / 1000;
    const result = next() < 0.5 ? 'success' : 'failed';
    const stamp = `${new Date(BASE + Math.floor(at)).toISOString().slice(0, 19)}.${String(i).padStart(6, '0')}Z`;
    const value = JSON.stringify({
      timestamp: stamp,
      task_id: task,
      domain: `site${i % 997}.example.org`,
      action_attempted: ACTIONS[pick(4)],
      result,
      execution_time: pick(1000) / 10,
      retry_count: pick(3),
    });
    messages.push({ key: task, value });
    eventIds.add(contentId('automation.outcomes', Buffer.from(value)));
    const order = Date.parse(`${stamp.slice(0, 19)}Z`) * 1000 + i;
    if (order > (lastAt.get(task) ?? -1)) {
      lastAt.set(task, order);
      outcomes.set(task, result);
    }
    // Sent twice, as producers do that did not hear back.
    if (next() < 0.05) messages.push({ key: task, value });
  }
  for (let i = messages.length - 1; i > 0; i--) {
    const j = pick(i + 1);
    [messages[i], messages[j]] = [messages[j] ?? { value: null }, messages[i] ?? { value: null }];
  }
  return { messages, eventIds, outcomes, deadLetters };
}
