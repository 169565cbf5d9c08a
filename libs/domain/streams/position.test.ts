import { describe, expect, it } from 'vitest';
import { isSameTopic, judgePosition, unread } from './position.js';

describe('a position', () => {
  const found = { identity: 'c/t', low: 10n, high: 20n, epochEnd: null };
  it.each([
    ['between beginning and end', { expected: 15n, identity: 'c/t' }, { kind: 'good' }],
    ['at the beginning', { expected: 10n, identity: 'c/t' }, { kind: 'good' }],
    ['at the end', { expected: 20n, identity: 'c/t' }, { kind: 'good' }],
    ['before the beginning', { expected: 3n, identity: 'c/t' }, { kind: 'lost', next: 10n }],
    ['behind the end', { expected: 21n, identity: 'c/t' }, { kind: 'truncated', next: 10n }],
    ['in a topic that was made anew', { expected: 15n, identity: 'c/u' }, { kind: 'remade', next: 0n }],
    ['in a topic that was made anew, behind its end', { expected: 99n, identity: 'c/u' }, { kind: 'remade', next: 0n }],
    [
      'at the beginning of one that was made anew, and is begins later',
      { expected: 0n, identity: 'c/u' },
      { kind: 'lost', next: 10n },
    ],
    ['in another cluster', { expected: 15n, identity: 'd/t' }, { kind: 'remade', next: 0n }],
    ['of which nobody knows the topic', { expected: 15n, identity: null }, { kind: 'good' }],
    [
      'of which nobody knows the topic, behind its end',
      { expected: 21n, identity: null },
      { kind: 'truncated', next: 10n },
    ],
  ])('%s', (_, position, judgement) => {
    expect(judgePosition({ ...position, leaderEpoch: null }, found)).toEqual(judgement);
  });

  it.each([
    ['all of it', 15n, { kind: 'good' }],
    ['more of it', 18n, { kind: 'good' }],
    ['less of it, and something else in its place', 14n, { kind: 'truncated', next: 10n }],
  ])('where the leaders of its time have written %s', (_, epochEnd, judgement) => {
    expect(judgePosition({ expected: 15n, identity: 'c/t', leaderEpoch: 3 }, { ...found, epochEnd })).toEqual(
      judgement,
    );
  });
});

describe('topics of one name', () => {
  it.each([
    ['c/t', 'c/t', true],
    ['c/t', 'c/u', false],
    ['c/t', 'd/t', false],
    ['c/', 'c/t', true],
    ['c/', 'd/t', false],
    ['c/t', 'c/', true],
    ['/t', 'c/t', true],
    ['/t', 'c/u', false],
  ])('%s and %s: the same is %s', (one, other, same) => {
    expect(isSameTopic(one, other)).toBe(same);
  });
});

describe('unread', () => {
  const found = { identity: 'c/t', low: 10n, high: 20n, epochEnd: null };
  it.each([
    [{ expected: 15n, identity: 'c/t' }, 5],
    [{ expected: 3n, identity: 'c/t' }, 10],
    [{ expected: 25n, identity: 'c/t' }, 10],
    [{ expected: 15n, identity: 'c/u' }, 10],
  ])('of %o: %i', (position, messages) => {
    expect(unread({ ...position, leaderEpoch: null }, found)).toBe(messages);
  });
});
