import { expect, it } from 'vitest';
import { Acknowledgements } from './acknowledgements.js';
import type { Acknowledgement } from './messages.js';

const about = {
  instance: 'one',
  model: 'm',
  version: 'v1.0.0',
  digest: `sha256:${'0'.repeat(64)}`,
  epoch: null,
  at: '2026-01-04T09:00:00.000Z',
};
const activated = (generation: number, swap_ms = 1): Acknowledgement => ({
  topic: 'model.activated',
  event: { ...about, generation, swap_ms },
});
const failed = (generation: number): Acknowledgement => ({
  topic: 'model.activation-failed',
  event: { ...about, generation, reason: 'package-missing', detail: 'gone' },
});

/** Of an instance whose listening workers the test names. */
function instance(...listening: string[]) {
  const told: Acknowledgement[] = [];
  const workers = new Set(listening);
  return {
    told,
    workers,
    all: new Acknowledgements<string>(
      () => [...workers],
      (one) => told.push(one),
    ),
  };
}

it('an instance acknowledges once, when all that listen have, in the words of the last', () => {
  const { told, all } = instance('a', 'b');
  all.take('a', activated(1));
  expect(told).toEqual([]);
  all.take('b', activated(1, 7));
  all.take('b', activated(1, 9));
  expect(told).toEqual([activated(1, 7)]);
});

it('waits neither for one that starts nor for one that has ended', () => {
  const { told, workers, all } = instance('a', 'b');
  all.take('starting', activated(1));
  all.take('a', activated(1));
  expect(told).toEqual([]);
  workers.delete('b');
  all.settle();
  expect(told).toEqual([activated(1)]);
});

it('says nothing while nobody listens, and all of it once somebody does', () => {
  const { told, workers, all } = instance();
  all.take('a', activated(1));
  expect(told).toEqual([]);
  workers.add('a');
  all.settle();
  expect(told).toEqual([activated(1)]);
});

it('tells at once that one has failed, unless it only starts while others answer', () => {
  const { told, all } = instance('a', 'b');
  all.take('starting', failed(1));
  expect(told).toEqual([]);
  all.take('a', failed(1));
  all.take('b', failed(1));
  expect(told).toEqual([failed(1)]);
  const alone = instance();
  alone.all.take('starting', failed(1));
  expect(alone.told).toEqual([failed(1)]);
});

it('does not count what was said of an older generation', () => {
  const { told, workers, all } = instance('a', 'b');
  all.take('a', activated(1));
  all.keepOnly('m', 2);
  workers.delete('b');
  all.settle();
  expect(told).toEqual([]);
});
