import { expect, it } from 'vitest';
import { seededRandom } from '#domain/statistics/random';
import { decodeJson } from './model-json.js';

const decoded = (text: string): unknown => decodeJson(Buffer.from(text));

it('reads numbers to the last bit, however they are written', () => {
  const random = seededRandom(3);
  const words = new Uint32Array(1);
  const floats = new Float32Array(words.buffer);
  for (let i = 0; i < 5000; i++) {
    words[0] = Math.floor(random() * 2 ** 32);
    const [value = 0] = floats;
    if (!Number.isFinite(value)) continue;
    const forms = [
      String(value),
      value.toPrecision(9),
      value.toExponential(8),
      (value * random()).toExponential(),
      `${i}`,
    ];
    for (const form of forms) {
      const written = form.replace('e+', 'E');
      expect(decoded(`[${written},0]`)).toEqual([Number(written), 0]);
    }
  }
  expect(decoded('[-0,0E0,-0.0,1E22,1e23,123456789012345678,5E-324]')).toEqual([
    -0, 0, -0, 1e22, 1e23, 123456789012345680, 5e-324,
  ]);
});

it('reads texts with whatever is in them', () => {
  expect(decoded('{"a\\"b":["\\u00e9é\\n","NaN",NaN,-Infinity,true,null]}')).toEqual(
    new Map([['a"b', ['éé\n', 'NaN', Number.NaN, Number.NEGATIVE_INFINITY, true, null]]]),
  );
});

it.each(['[1.2.3]', '[1-2]', '[--1]', '[1e]', '[.]', '["a]', '[1,]', '{"a"}', '{a:1}', '["\\x"]', '[1] 2', '[01x]'])(
  'refuses %s',
  (text) => {
    expect(() => decoded(text)).toThrow(/not an XGBoost JSON model: it .* at byte \d+/);
  },
);
