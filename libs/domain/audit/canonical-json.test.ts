import { describe, expect, it } from 'vitest';
import { canonicalJson, storableJson, storableText } from './canonical-json.js';

describe('canonicalJson', () => {
  it.each<[unknown, string]>([
    [{ b: 1, a: [true, null, 'x'] }, '{"a":[true,null,"x"],"b":1}'],
    [{ a: undefined, b: { d: 1.5, c: 1e21 } }, '{"b":{"c":1e+21,"d":1.5}}'],
    [undefined, 'null'],
    [[undefined], '[null]'],
    [new Date(0), '"1970-01-01T00:00:00.000Z"'],
    [{}, '{}'],
    ['"\n', '"\\"\\n"'],
  ])('%j', (value, text) => expect(canonicalJson(value)).toBe(text));

  it('gives equal content equal text, whatever the order of names', () => {
    const one = canonicalJson(JSON.parse('{"b":[1,{"y":null,"x":"é"}],"a":true}'));
    expect(one).toBe('{"a":true,"b":[1,{"x":"é","y":null}]}');
    expect(canonicalJson(JSON.parse('{"a":true,"b":[1,{"x":"é","y":null}]}'))).toBe(one);
    expect(canonicalJson(JSON.parse('{"a":true,"b":[{"x":"é","y":null},1]}'))).not.toBe(one);
  });
});

describe('storable', () => {
  it('replaces what Postgres cannot keep, and nothing else', () => {
    expect(storableText('a\0b\ud800c\udfff')).toBe('a\ufffdb\ufffdc\ufffd');
    expect(storableText('naïve 😀 \u0001\n')).toBe('naïve 😀 \u0001\n');
    expect(storableJson({ 'k\0': ['\ud800', 1, null, undefined], gone: undefined, at: new Date(0) })).toEqual({
      'k\ufffd': ['\ufffd', 1, null, null],
      at: '1970-01-01T00:00:00.000Z',
    });
  });
});
