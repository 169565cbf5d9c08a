import { describe, expect, it } from 'vitest';
import { splitPart, splitPosition } from './split.js';

const shares = { train: 0.7, validation: 0.15, test: 0.15 };

describe('the split', () => {
  it('is what SHA-256 says, so that it can be checked elsewhere', () => {
    // printf 'split:9041' | sha256sum
    expect(splitPosition('9041')).toBeCloseTo(0x89db7ed6 / 2 ** 32, 12);
  });

  it('gives each part its share', () => {
    const counts = { train: 0, validation: 0, test: 0 };
    for (let task = 0; task < 20_000; task++) counts[splitPart(String(task), shares)]++;
    expect(counts.train / 20_000).toBeCloseTo(0.7, 1);
    expect(counts.validation / 20_000).toBeCloseTo(0.15, 1);
    expect(counts.test / 20_000).toBeCloseTo(0.15, 1);
  });

  it('leaves every test row a test row when the training share shrinks to make room for validation', () => {
    for (let task = 0; task < 2000; task++)
      if (splitPart(String(task), shares) === 'test')
        expect(splitPart(String(task), { train: 0.6, validation: 0.25, test: 0.15 })).toBe('test');
  });

  it('puts everything into training when that is all there is', () => {
    for (let task = 0; task < 100; task++)
      expect(splitPart(String(task), { train: 1, validation: 0, test: 0 })).toBe('train');
  });
});
