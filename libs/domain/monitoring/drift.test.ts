import { describe, expect, it } from 'vitest';
import { ModelDefinition } from '#contracts/model-definition';
import type { RawRow, Reference } from '#contracts/model-package';
import { type Random, seededRandom } from '../statistics/random.js';
import { chiSquareHomogeneity, kolmogorovSmirnov, populationStabilityIndex } from './distribution-tests.js';
import { assessDrift } from './drift.js';
import { HistogramCollector } from './live-histogram.js';

describe('distribution tests', () => {
  it('give a stability index of nothing for equal shares, and the value worked by hand for others', () => {
    expect(populationStabilityIndex([100, 300], [1000, 3000])).toBeCloseTo(0, 4);
    const expected = (0.5 - 0.75) * Math.log(0.5 / 0.75) + (0.5 - 0.25) * Math.log(0.5 / 0.25);
    expect(populationStabilityIndex([50_000, 50_000], [75_000, 25_000])).toBeCloseTo(expected, 4);
    expect(Number.isFinite(populationStabilityIndex([0, 10], [10, 0]))).toBe(true);
  });

  it('give the χ² p-value of SciPy', () => {
    expect(chiSquareHomogeneity([30, 50, 20], [45, 35, 20])).toBeCloseTo(0.05939593960520477, 9);
    expect(chiSquareHomogeneity([30, 0], [45, 0])).toBe(1);
    expect(chiSquareHomogeneity([], [])).toBe(1);
  });

  it('give the Kolmogorov–Smirnov p-value of the limit distribution', () => {
    expect(kolmogorovSmirnov([50, 50], [50, 50])).toBe(1);
    expect(kolmogorovSmirnov([60, 40], [40, 60])).toBeCloseTo(0.031, 2);
    expect(kolmogorovSmirnov([600, 400], [400, 600])).toBeLessThan(1e-15);
    expect(kolmogorovSmirnov([0, 0], [1, 1])).toBe(1);
  });
});

const definition = ModelDefinition.parse({
  name: 'm',
  kind: 'action-outcome',
  actions: ['a', 'b'],
  features: [
    { name: 'da', kind: 'numeric' },
    { name: 'site_type', kind: 'categorical' },
    { name: 'requires_login', kind: 'boolean' },
    { name: 'tld', kind: 'derived-from-url', derive: 'tld' },
  ],
});

const site = (random: Random): RawRow => ({
  da: Math.floor(random() * 100),
  site_type: random() < 0.6 ? 'forum' : 'blog',
  requires_login: random() < 0.3 ? 1 : 'false',
  url: `https://example.${random() < 0.5 ? 'org' : 'com'}/`,
});

const reference: Reference = {
  rows: 10_000,
  features: {
    da: { kind: 'numeric', edges: [20, 40, 60, 80], counts: [2000, 2000, 2000, 2000, 2000], missing: 0 },
    site_type: { kind: 'categorical', counts: { forum: 6000, blog: 4000 }, other: 0, missing: 0 },
    requires_login: { kind: 'categorical', counts: { true: 3000, false: 7000 }, other: 0, missing: 0 },
    tld: { kind: 'categorical', counts: { org: 5000, com: 5000 }, other: 0, missing: 0 },
  },
  predictions: { mean: [0.5, 0.5], deciles: new Array(10).fill(0) },
};

function live(rows: number, change: (row: RawRow, random: Random) => RawRow, seed = 1, skew = 1) {
  const random = seededRandom(seed);
  const collector = new HistogramCollector(definition, reference);
  for (let i = 0; i < rows; i++) collector.add(change(site(random), random), random() ** skew);
  return assessDrift(reference, new Array(10).fill(200), collector.finish());
}

const drifted = (found: ReturnType<typeof live>) => found.filter((each) => each.drifted).map(({ feature }) => feature);
const same = (row: RawRow) => row;

describe('drift', () => {
  it('is found in none of a hundred unchanged samples', () => {
    for (let seed = 0; seed < 100; seed++) expect(drifted(live(600, same, seed))).toEqual([]);
  });

  it.each<[string, (row: RawRow, random: Random) => RawRow, string[]]>([
    ['a number that moved', (row) => ({ ...row, da: Number(row.da) / 2 }), ['da']],
    [
      'a category that took over',
      (row, random) => (random() < 0.7 ? { ...row, site_type: 'blog' } : row),
      ['site_type'],
    ],
    ['a flag that changed', (row) => ({ ...row, requires_login: true }), ['requires_login']],
    ['a part of the URL that changed', (row) => ({ ...row, url: 'https://example.org/' }), ['tld']],
    ['values that went missing', (row, random) => (random() < 0.2 ? { ...row, da: '' } : row), ['da']],
    [
      'values never seen in training',
      (row, random) => (random() < 0.08 ? { ...row, site_type: 'wiki' } : row),
      ['site_type'],
    ],
    ['a change too small to matter', (row, random) => (random() < 0.05 ? { ...row, site_type: 'blog' } : row), []],
  ])('names the feature: %s', (_, change, expected) => {
    expect(drifted(live(2000, change))).toEqual(expected);
  });

  it('is seen in the predictions', () => {
    expect(drifted(live(2000, same, 3, 3))).toEqual(['prediction']);
  });

  it('is not looked for in predictions that have nothing to be compared with', () => {
    const collector = new HistogramCollector(definition, reference);
    const random = seededRandom(5);
    for (let i = 0; i < 600; i++) collector.add(site(random), 0.9);
    expect(assessDrift(reference, null, collector.finish()).map(({ feature }) => feature)).not.toContain('prediction');
  });

  it('says nothing on few rows', () => {
    expect(live(499, (row) => ({ ...row, da: 1 }))).toEqual([]);
  });
});
