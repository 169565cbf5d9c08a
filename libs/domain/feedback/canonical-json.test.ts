import { expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.js';

it('gives equal content equal text, whatever the order of names', () => {
  const one = canonicalJson(JSON.parse('{"b":[1,{"y":null,"x":"é"}],"a":true}'));
  expect(one).toBe('{"a":true,"b":[1,{"x":"é","y":null}]}');
  expect(canonicalJson(JSON.parse('{"a":true,"b":[1,{"x":"é","y":null}]}'))).toBe(one);
  expect(canonicalJson(JSON.parse('{"a":true,"b":[{"x":"é","y":null},1]}'))).not.toBe(one);
});
