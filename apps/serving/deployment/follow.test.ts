import { describe, expect, it } from 'vitest';
import type { DesiredState } from '#contracts/events/deployment';
import type { VersionRef } from '#contracts/primitives';
import {
  acknowledgedVersion,
  isWorthRetrying,
  neededVersions,
  retryPauseMs,
  unreadiness,
  vitalVersions,
  wantedVersions,
} from './follow.js';

const ref = (n: number): VersionRef => ({
  version: `v1.${n}.0`,
  digest: `sha256:${String(n).repeat(64)}`,
  artifact_uri: `file:///packages/${n}`,
});
const names = (refs: readonly VersionRef[]): string[] => refs.map(({ version }) => version);
const state = (change: Partial<DesiredState>): DesiredState => ({
  model: 'm',
  generation: 7,
  deployment_id: '7d9f2a0c-6c0b-4f0e-9d53-5b0f3f2c8a11',
  cause: 'promote',
  live: ref(1),
  staged: null,
  canary: null,
  shadow: null,
  warm: [],
  reason: 'r',
  actor: 'a',
  issued_at: '2026-01-04T09:00:00.000Z',
  deadline_at: '2026-01-04T09:00:30.000Z',
  ...change,
});
const full = state({ staged: ref(2), canary: { ...ref(3), percent: 10 }, shadow: ref(4), warm: [ref(5), ref(1)] });

describe('the versions of a desired state', () => {
  it('that requests depend on are live and canary', () => {
    expect(names(neededVersions(full))).toEqual(['v1.1.0', 'v1.3.0']);
    expect(neededVersions(state({ live: null }))).toEqual([]);
  });

  it('are loaded in the order in which they are needed, each once', () => {
    expect(names(wantedVersions(full))).toEqual(['v1.1.0', 'v1.3.0', 'v1.2.0', 'v1.4.0', 'v1.5.0']);
    expect(wantedVersions(full)[1]).toEqual(ref(3));
  });

  it('whose failure the registry must hear of are those it waits for', () => {
    expect(names(vitalVersions(full))).toEqual(['v1.1.0', 'v1.3.0', 'v1.2.0']);
  });

  it.each([
    [state({ cause: 'promote' }), 'v1.1.0'],
    [state({ cause: 'rollback' }), 'v1.1.0'],
    [state({ cause: 'canary', canary: { ...ref(3), percent: 10 } }), 'v1.3.0'],
    [state({ cause: 'abort', live: null }), undefined],
  ])('an acknowledgement speaks of is what was brought in (%#)', (desired, version) => {
    expect(acknowledgedVersion(desired)?.version).toBe(version);
  });
});

describe('readiness', () => {
  const now = Date.parse('2026-01-04T09:00:10.000Z');
  const late = Date.parse('2026-01-04T09:00:31.000Z');
  it.each([
    ['acting by the newest', { acting: 7, failure: null, now: late }, null],
    ['still loading the newest', { acting: 6, failure: null, now }, null],
    ['late', { acting: 6, failure: null, now: late }, 'does not act by generation 7 of m yet, after its deadline'],
    ['unable', { acting: 6, failure: 'disk on fire', now }, 'cannot follow generation 7 of m: disk on fire'],
    ['starting', { acting: null, failure: null, now }, 'loading v1.1.0 for generation 7 of m'],
  ])('of an instance that is %s', (_, standing, expected) => {
    expect(unreadiness({ desired: state({}), ...standing })).toBe(expected);
  });

  it('does not wait for a version where none is live', () => {
    expect(unreadiness({ desired: state({ live: null }), acting: null, failure: null, now: late })).toBeNull();
  });
});

describe('retries', () => {
  it('are for what may pass', () => {
    expect(isWorthRetrying('store-unavailable')).toBe(true);
    expect(isWorthRetrying('package-missing')).toBe(true);
    expect(isWorthRetrying('golden-mismatch')).toBe(false);
    expect(isWorthRetrying('unreadable-package')).toBe(false);
  });

  it('wait longer each time, up to half a minute', () => {
    expect([0, 1, 2, 5, 50].map(retryPauseMs)).toEqual([1000, 2000, 4000, 30_000, 30_000]);
  });
});
