import { expect, it } from 'vitest';
import { RateLimit } from './rate-limit.js';

it('lets a second’s worth through at once, then as many as time brings', () => {
  const rate = new RateLimit({ RATE_LIMIT: 10, SERVING_WORKERS: 1 });
  const start = performance.now();
  for (let i = 0; i < 10; i++) rate.take(start);
  expect(() => rate.take(start)).toThrow('10 requests a second');
  rate.take(start + 101);
  expect(() => rate.take(start + 101)).toThrow();
  for (let i = 0; i < 10; i++) rate.take(start + 60_000);
  expect(() => rate.take(start + 60_000)).toThrow();
});

it('lets everything through without a limit', () => {
  const rate = new RateLimit({ RATE_LIMIT: 0, SERVING_WORKERS: 1 });
  for (let i = 0; i < 1000; i++) rate.take(0);
});

it('lets a part of them through in each of several workers', () => {
  const rate = new RateLimit({ RATE_LIMIT: 10, SERVING_WORKERS: 3 });
  const start = performance.now();
  for (let i = 0; i < 4; i++) rate.take(start);
  expect(() => rate.take(start)).toThrow('10 requests a second');
});
