import { describe, expect, it } from 'vitest';
import { ModelDefinition } from '#contracts/model-definition';
import { KnownFeatures, problemLabel } from './known-features.js';

const known = new KnownFeatures(
  ModelDefinition.parse({
    name: 'tickets',
    kind: 'multi-class',
    label: 'team',
    classes: ['a', 'b'],
    split: { key: 'customer' },
    features: [
      { name: 'channel', kind: 'categorical' },
      { name: 'months', kind: 'numeric' },
      { name: 'paid', kind: 'boolean' },
      { name: 'tld', kind: 'derived-from-url', derive: 'tld' },
    ],
  }),
);

describe('what a row may hold', () => {
  it.each<[string, Record<string, unknown>]>([
    ['nothing', {}],
    ['every feature', { channel: 'mail', months: 3, paid: true, url: 'https://a.example/b', customer: { id: 1 } }],
    ['what engines send for them', { channel: 3, months: '12.5', paid: 'yes', url: ' http://a.example ' }],
    ['nothing of everything', { channel: '', months: null, paid: ' ', url: null }],
  ])('%s', (_, row) => {
    expect(known.fits(row)).toBe(true);
    expect(known.problems(row)).toEqual([]);
  });

  it.each<[Record<string, unknown>, string, string, string]>([
    [{ chanel: 'mail' }, 'chanel', 'unknown', 'did you mean "channel"?'],
    [{ colour: 'red' }, 'colour', 'unknown', 'known are channel, months, paid, url, customer'],
    [{ months: 'many' }, 'months', 'wrong-type', 'expected a number, got "many"'],
    [{ months: 1e39 }, 'months', 'wrong-type', 'expected a number'],
    [{ months: [1] }, 'months', 'wrong-type', 'got an array'],
    [{ paid: 2 }, 'paid', 'wrong-type', 'expected true or false, got 2'],
    [{ channel: { a: 1 } }, 'channel', 'wrong-type', 'expected a text, got an object'],
    [{ url: 'not an address' }, 'url', 'wrong-type', 'expected an address'],
    [{ tld: 'org' }, 'tld', 'unknown', 'it is derived from "url"; send that'],
  ])('not %j', (row, feature, problem, detail) => {
    expect(known.fits(row)).toBe(false);
    const [found, ...others] = known.problems({ ...row, channel: row.channel ?? 'mail' });
    expect(others).toEqual([]);
    expect(found).toMatchObject({ feature, problem, detail: expect.stringContaining(detail) });
    expect(found && problemLabel(found)).toBe(problem === 'unknown' ? 'unknown' : feature);
  });

  it('tells of a bounded number of problems', () => {
    const row = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`name${i}`, i]));
    expect(known.problems(row)).toHaveLength(20);
  });

  it('says nothing where no name is a feature', () => {
    expect(known.saysNothing({ chanel: 'mail' })).toBe(true);
    expect(known.saysNothing({ chanel: 'mail', months: null })).toBe(false);
  });
});
