import { expect, it } from 'vitest';
import { WakeUp } from './wake-up.js';

/** Far longer than a test may take: a sleep that ends was woken. */
const LONG_MS = 3_600_000;

it('ends a sleep that is under way', async () => {
  const loop = new WakeUp();
  const asleep = loop.sleep(LONG_MS);
  loop.wake();
  await asleep;
});

it('ends the next sleep when nobody sleeps, and only that one', async () => {
  const loop = new WakeUp();
  loop.wake();
  loop.wake();
  await loop.sleep(LONG_MS);
  let awake = false;
  const second = loop.sleep(LONG_MS).then(() => {
    awake = true;
  });
  await Promise.resolve();
  expect(awake).toBe(false);
  loop.wake();
  await second;
});

it('sleeps on over a call that was forgotten, until the time is over', async () => {
  const loop = new WakeUp();
  loop.wake();
  loop.clear();
  let awake = false;
  const asleep = loop.sleep(5).then(() => {
    awake = true;
  });
  await Promise.resolve();
  expect(awake).toBe(false);
  await asleep;
});
