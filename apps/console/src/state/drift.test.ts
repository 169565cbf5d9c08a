import { describe, expect, it } from 'vitest';
import type { DriftCheck } from '#contracts/http/metrics';
import { driftOf } from './drift.js';

const check = (version: string, psi: Record<string, number>, drifted: readonly string[] = []): DriftCheck => ({
  model: 'm',
  version,
  checked_at: '2026-03-01T00:00:00Z',
  rows: 600,
  features: Object.entries(psi).map(([feature, value]) => ({
    feature,
    psi: value,
    p_value: null,
    missing_rate_change: 0,
    unseen_rate_change: 0,
    drifted: drifted.includes(feature),
  })),
});

describe('driftOf', () => {
  it('puts what has drifted first, then what is furthest', () => {
    const features = driftOf([check('v1.1.0', { da: 0.02, pa: 0.3, tld: 0.1, url: 0.05 }, ['url'])]);
    expect(features.map(({ feature }) => feature)).toEqual(['url', 'pa', 'tld', 'da']);
  });

  it('remembers the checks against the same version, oldest first', () => {
    const [da] = driftOf([check('v1.1.0', { da: 0.3 }), check('v1.1.0', { da: 0.2 }), check('v1.0.0', { da: 0.9 })]);
    expect(da?.history).toEqual([0.2, 0.3]);
  });

  it('is empty before the first check', () => {
    expect(driftOf([])).toEqual([]);
  });
});
