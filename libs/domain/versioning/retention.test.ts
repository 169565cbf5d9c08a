import { describe, expect, it } from 'vitest';
import { versionsToRemove } from './retention.js';

const minor = (count: number) => Array.from({ length: count }, (_, i) => `v1.${i}.0`);

describe('versionsToRemove', () => {
  it.each<[string, string[], number, string[], string[]]>([
    ['nothing below the number kept', minor(5), 5, [], []],
    ['the oldest beyond it', minor(5), 3, [], ['v1.0.0', 'v1.1.0']],
    ['never below three, whatever is asked', minor(5), 0, [], ['v1.0.0', 'v1.1.0']],
    ['not what is in use', minor(6), 3, ['v1.0.0', 'v1.2.0'], ['v1.1.0']],
    ['what is in use does not count against the newest', minor(4), 3, ['v1.3.0'], ['v1.0.0']],
    ['by number, not by letter', ['v1.10.0', 'v1.9.0', 'v1.8.0', 'v1.11.0'], 3, [], ['v1.8.0']],
    ['of one version nothing', ['v1.0.0'], 3, [], []],
  ])('removes %s', (_name, versions, keep, inUse, expected) => {
    expect(versionsToRemove({ versions, keep, inUse: new Set(inUse) })).toEqual(expected);
  });

  it('keeps exactly what the rule says of fifty', () => {
    const removed = versionsToRemove({ versions: minor(50), keep: 10, inUse: new Set(['v1.3.0', 'v1.45.0']) });
    expect(removed).toEqual(minor(40).filter((version) => version !== 'v1.3.0'));
  });
});
