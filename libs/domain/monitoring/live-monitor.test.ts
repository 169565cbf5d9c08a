import { describe, expect, it } from 'vitest';
import { seededRandom } from '../statistics/random.js';
import type { JudgedPrediction } from './judged-prediction.js';
import {
  type EarlierCount,
  LiveMonitor,
  type MonitorChanges,
  type Watch,
  type WatchedVersion,
} from './live-monitor.js';
import type { LiveReferences } from './live-reference.js';

const references: LiveReferences = {
  kind: 'action-outcome',
  followed: { accuracy: 0.8, rows: 5000 },
  other: { accuracy: 0.6, rows: 5000 },
  decision_deciles: new Array(10).fill(100),
};

const versions =
  (live: Record<string, number | null>, known: LiveReferences | null = references) =>
  (_: string, version: string): WatchedVersion => ({
    references: known,
    liveGeneration: live[version] ?? null,
    tolerated: 0.05,
  });

let seq = 0n;
const judged = (change: Partial<JudgedPrediction> = {}): JudgedPrediction => {
  seq += 1n;
  return {
    judgedSeq: seq,
    predictionId: `00000000-0000-4000-8000-${String(seq).padStart(12, '0')}`,
    model: 'm',
    version: 'v1.0.0',
    generation: 3,
    role: 'live',
    decision: 'forum',
    action: 'forum',
    probabilities: { forum: 0.9, guest: 0.2 },
    success: true,
    occurredAt: new Date(Date.UTC(2026, 0, 1) + Number(seq) * 1000).toISOString(),
    ...change,
  };
};

/** Predictions of which the given share turns out right. */
function stream(count: number, accuracy: number, seed: number, change: Partial<JudgedPrediction> = {}) {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => judged({ success: random() < accuracy, ...change }));
}

/** Feeds batches one after the other, each knowing what the ones before it stored. */
function run(batches: JudgedPrediction[][], versionOf: ReturnType<typeof versions>) {
  const watches = new Map<string, Watch>();
  const counts = new Map<string, EarlierCount>();
  const all: MonitorChanges[] = [];
  for (const batch of batches) {
    const monitor = new LiveMonitor([...watches.values()], versionOf, counts);
    for (const prediction of batch) monitor.add(prediction);
    const changes = monitor.changes();
    for (const watch of changes.watches) watches.set(watch.version, watch);
    for (const [id, count] of changes.counts) counts.set(id, count);
    all.push(changes);
  }
  return {
    all,
    watches,
    episodes: all.flatMap(({ episodes }) => episodes),
    outcomes: all.flatMap(({ windows }) => windows).reduce((sum, { outcomes }) => sum + outcomes, 0),
    right: all.flatMap(({ windows }) => windows).reduce((sum, window) => sum + window.correct, 0),
  };
}

describe('live monitoring', () => {
  it('opens one episode for a drop, however the stream is cut into batches', () => {
    const predictions = [...stream(1500, 0.8, 1), ...stream(1500, 0.5, 2)];
    const whole = run([predictions], versions({ 'v1.0.0': 3 }));
    const cut = run(
      Array.from({ length: 300 }, (_, i) => predictions.slice(i * 10, i * 10 + 10)),
      versions({ 'v1.0.0': 3 }),
    );
    expect(whole.episodes.map(({ kind }) => kind)).toEqual(['opened']);
    expect(cut.episodes).toEqual(whole.episodes);
    expect(cut.watches).toEqual(whole.watches);
    expect(cut.outcomes).toBe(3000);
    const [episode] = whole.episodes;
    if (episode?.kind !== 'opened') throw new Error('expected an opened episode');
    expect(episode.found.reference).toBeCloseTo(0.8, 10);
    expect(episode.found.interval.high).toBeLessThan(0.75);
  });

  it('closes the episode when accuracy recovers, and a second drop is a second episode', () => {
    const predictions = [...stream(800, 0.5, 3), ...stream(3000, 0.82, 4), ...stream(800, 0.5, 5)];
    const { episodes } = run([predictions], versions({ 'v1.0.0': 3 }));
    expect(episodes.map(({ kind }) => kind)).toEqual(['opened', 'closed', 'opened']);
  });

  it('starts afresh for a version that was away and is live again', () => {
    const away = stream(800, 0.5, 6);
    const again = stream(200, 0.8, 7, { generation: 9 });
    const first = run([away], versions({ 'v1.0.0': 3 }));
    expect(first.watches.get('v1.0.0')?.state.alarmed).toBe(true);
    const both = run([[...away, ...again]], versions({ 'v1.0.0': 9 }));
    expect(both.watches.get('v1.0.0')?.generation).toBe(9);
    expect(both.watches.get('v1.0.0')?.state).toMatchObject({ outcomes: 200, alarmed: false });
    expect(both.episodes.at(-1)?.kind).toBe('closed');
  });

  it('does not let a straggler of an earlier life into the new watch', () => {
    const { watches, outcomes } = run(
      [[...stream(10, 1, 8, { generation: 9 }), ...stream(5, 0, 9, { generation: 4 })]],
      versions({ 'v1.0.0': 9 }),
    );
    expect(watches.get('v1.0.0')?.state.outcomes).toBe(10);
    expect(outcomes).toBe(15);
  });

  it('counts a corrected outcome once, with its last result', () => {
    const failed = judged({ success: false });
    const corrected = { ...failed, judgedSeq: failed.judgedSeq + 1000n, success: true };
    const { outcomes, right, watches } = run([[failed], [corrected], [corrected]], versions({ 'v1.0.0': 3 }));
    expect({ outcomes, right }).toEqual({ outcomes: 1, right: 1 });
    expect(watches.get('v1.0.0')?.state).toMatchObject({ outcomes: 1, correct: 1 });
  });

  it.each([
    ['the recommended action succeeded as expected', { success: true }, 1],
    ['another action was executed and failed as expected', { action: 'guest', success: false }, 1],
    ['another action was executed and succeeded against expectation', { action: 'guest', success: true }, 0],
    ['a probability of exactly one half means success', { probabilities: { forum: 0.5 }, success: true }, 1],
  ] as const)('counts as the holdout does: %s', (_, change, right) => {
    expect(run([[judged(change)]], versions({})).right).toBe(right);
  });

  it('has no opinion on an action the model gave no probability for', () => {
    expect(run([[judged({ action: 'bookmark' })]], versions({})).outcomes).toBe(0);
  });

  it('compares each outcome with the reference of its kind', () => {
    const other = { action: 'guest', probabilities: { forum: 0.95, guest: 0.9 } };
    expect(run([stream(4000, 0.6, 10, other)], versions({})).episodes).toEqual([]);
    // Tried out instead of what the model expects most of: decided so, but not its own choice.
    expect(run([stream(4000, 0.6, 10, { ...other, decision: 'guest' })], versions({})).episodes).toEqual([]);
  });

  it('knows how a shadow would have done only where it would have done what was done', () => {
    const role = 'shadow';
    const corrected = judged({ role, success: false });
    const later = { ...corrected, judgedSeq: corrected.judgedSeq + 1000n, success: true };
    const outcomes = [
      judged({ role }),
      judged({ role, success: false }),
      judged({ role, action: 'guest', success: false }),
      judged({ role, action: 'guest', success: true }),
      judged({ role, action: 'bookmark' }),
      corrected,
    ];
    const { all } = run([outcomes, [later]], versions({}));
    const sum = (of: 'outcomes' | 'agreed' | 'agreedFailures') =>
      all.flatMap(({ windows }) => windows).reduce((total, window) => total + window[of], 0);
    expect([sum('outcomes'), sum('agreed'), sum('agreedFailures')]).toEqual([5, 3, 1]);
  });

  it('counts a shadow in its windows only, and a version without reference without a watch', () => {
    const shadow = run([stream(50, 0.5, 11, { role: 'shadow' })], versions({}));
    expect(shadow.outcomes).toBe(50);
    expect(shadow.watches.size).toBe(0);
    const unknown = run([stream(50, 0.5, 12)], versions({}, null));
    expect(unknown.outcomes).toBe(50);
    expect(unknown.watches.size).toBe(0);
  });

  it('takes a plain classifier at its word', () => {
    const classes: LiveReferences = { ...references, kind: 'multi-class' };
    const right = judged({ decision: 'a', action: 'a', probabilities: { a: 0.4, b: 0.3, c: 0.3 }, success: true });
    const wrong = judged({ decision: 'a', action: 'b', probabilities: { a: 0.4, b: 0.3, c: 0.3 }, success: false });
    expect(run([[right, wrong]], versions({}, classes))).toMatchObject({ outcomes: 2, right: 1 });
  });
});
