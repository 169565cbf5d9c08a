import { describe, expect, it } from 'vitest';
import type { FeatureDrift } from './drift.js';
import { driftNews } from './drift-news.js';

const found = (...features: string[]): FeatureDrift[] =>
  ['pa', 'da', 'tld'].map((feature) => ({
    feature,
    psi: 0.3,
    p_value: 0,
    missing_rate_change: 0,
    unseen_rate_change: 0,
    drifted: features.includes(feature),
  }));

describe('drift news', () => {
  it.each([
    ['nothing', [], [], { drifted: [], report: [], begins: false }],
    ['the first feature', ['da'], [], { drifted: ['da'], report: ['da'], begins: true }],
    ['the same again', ['da'], ['da'], { drifted: ['da'], report: [], begins: false }],
    ['another one joins', ['da', 'pa'], ['da'], { drifted: ['da', 'pa'], report: ['pa', 'da'], begins: false }],
    ['one of two is quiet', ['da'], ['da', 'pa'], { drifted: ['da', 'pa'], report: [], begins: false }],
    ['all quiet again', [], ['da', 'pa'], { drifted: [], report: [], begins: false }],
  ])('%s', (_, drifted, known, expected) => {
    const { report, ...rest } = driftNews(found(...drifted), known);
    expect({ ...rest, report: report.map(({ feature }) => feature) }).toEqual(expected);
  });
});
