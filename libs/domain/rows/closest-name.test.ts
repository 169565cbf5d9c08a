import { describe, expect, it } from 'vitest';
import { closestName } from './closest-name.js';

describe('the name that was meant', () => {
  const known = ['channel', 'months', 'customer_age_days', 'pa', 'da'];
  it.each([
    ['chanel', 'channel'],
    ['Channel', 'channel'],
    ['chnanel', 'channel'],
    ['month', 'months'],
    ['Customer Age Days', 'customer_age_days'],
    ['customer-age', null],
    ['pá', 'pa'],
    ['url', null],
    ['', null],
    ['x'.repeat(10_000), null],
  ])('%s → %s', (name, meant) => {
    expect(closestName(name, known)).toBe(meant);
  });

  it('is the first of two that are as close', () => {
    expect(closestName('ma', ['pa', 'da'])).toBe('pa');
  });
});
