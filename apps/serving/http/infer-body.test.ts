import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readHeader, tensorOfJson } from '../inference/json-tensors.js';
import { splitBody } from './infer-body.js';

const ENOUGH = 400;

function tensor(json: unknown): { readonly numbers: unknown[]; readonly typed: boolean } {
  const [input] = readHeader(json).inputs;
  if (input === undefined) throw new Error('no input');
  const { data, datatype } = tensorOfJson(input);
  const numbers = Array.from<unknown, unknown>(data, (value) =>
    datatype === 'FP32' && typeof value === 'number' ? Math.fround(value) : value,
  );
  return { numbers, typed: !Array.isArray(data) };
}

/** What comes of a body, and whether its numbers went straight into a typed array. */
const read = (text: string) => tensor(splitBody({}, Buffer.from(text)).json);
const body = (data: readonly string[], { datatype = 'FP64', before = '', after = '' } = {}): string =>
  `{${before}"inputs":[{"name":"input","shape":[${data.length}],"datatype":"${datatype}","data": [${data.join(', ')}]${after}}]}`;
const many = (...first: string[]): string[] => [...first, ...Array.from({ length: ENOUGH }, (_, i) => `${i}.25`)];

describe('the numbers of a body', () => {
  it.each(['FP32', 'FP64'])('are those that JSON.parse gives, as %s', (datatype) => {
    const seed = randomInt(2 ** 31);
    let state = seed;
    const random = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    for (let round = 0; round < 50; round++) {
      const data = Array.from({ length: ENOUGH }, () => {
        const value = (random() - 0.5) * 10 ** Math.floor(random() * 8);
        return random() < 0.05 ? 'null' : value.toFixed(Math.floor(random() * 7));
      });
      const text = body(data, { datatype });
      const found = read(text);
      expect(found.typed, `seed ${seed}`).toBe(true);
      expect(found.numbers, `seed ${seed}`).toEqual(tensor(JSON.parse(text)).numbers);
    }
  });

  it.each([
    '-0',
    '0.1',
    '-0.000000000001',
    '123456789012345',
    '1234567.12345678',
    '9007199254740993',
    '0.1234567890123456789',
    '1e3',
    '-1.5E-7',
    '1e22',
  ])('may be %s', (number) => {
    const text = body(many(number));
    expect(read(text).numbers).toEqual(tensor(JSON.parse(text)).numbers);
    expect(Object.is(read(text).numbers[0], tensor(JSON.parse(text)).numbers[0])).toBe(true);
  });

  it.each(['01', '1.', '.5', '-', '+1', '1 2', 'nul', '0x10', 'NaN', '1,', '1e', '--1'])(
    'may not be %s, whoever reads them',
    (number) => {
      expect(() => read(body(many(number)))).toThrow('the body is not JSON');
    },
  );

  it.each([
    body(many('true'), { datatype: 'FP32' }),
    body(many('"1"'), { datatype: 'BYTES' }).replaceAll(/(\d+\.25)/g, '"$1"'),
    body(many('1').map(Number).map(Math.floor).map(String), { datatype: 'INT32' }),
    body(many('1'), { before: '"id":"data",' }),
    body(many('1'), { after: ',"parameters":{"data":1}' }),
    body(many('1')).replace('"data":', '"data":[1], "data":'),
    body(many('1')).replace('"data"', String.raw`"d\u0061ta"`),
    body(many('1')).replace(']}]}', String.raw`],"d\u0061ta":[${many('2').join(',')}]}]}`),
  ])('are read by JSON.parse where anything is unusual: %#', (text) => {
    expect(read(text).numbers).toEqual(tensor(JSON.parse(text)).numbers);
  });

  it.each([
    [body(many('1')).replace('[401]', '[402]'), 'asks for 402 values, data holds 401'],
    [body(many('1')).replace('[401]', '[9007199254740991]'), 'data holds 401'],
    [body(many('1')).replace('[401]', '[-1]'), 'expected a list of whole numbers'],
  ])('are as many as the shape says: %#', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});
