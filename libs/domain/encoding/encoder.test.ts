import { describe, expect, it } from 'vitest';
import { ModelDefinition } from '#contracts/model-definition';
import type { Encoder } from '#contracts/model-package';
import { matrixColumns } from './columns.js';
import { compileEncoder } from './encoder.js';

const definition = ModelDefinition.parse({
  name: 'sample',
  kind: 'action-outcome',
  actions: ['forum', 'guest'],
  features: [{ name: 'da', kind: 'numeric' }],
});

const encoders: Encoder[] = [
  { feature: 'da', source: { from: 'field', field: 'da' }, encoding: 'numeric', fill: null, indicator: false },
  { feature: 'pa', source: { from: 'field', field: 'pa' }, encoding: 'numeric', fill: 12.5, indicator: true },
  { feature: 'login', source: { from: 'field', field: 'login' }, encoding: 'boolean', fill: null, indicator: false },
  {
    feature: 'tld',
    source: { from: 'url', field: 'url', derive: 'tld' },
    encoding: 'one-hot',
    categories: ['com', 'org'],
  },
  { feature: 'type', source: { from: 'field', field: 'type' }, encoding: 'ordinal', categories: ['a', 'b', 'c'] },
];
const columns = matrixColumns(definition, encoders);
const encoder = compileEncoder({ definition, encoders, columns });

const encoded = (row: Record<string, unknown>, action?: string) => {
  const out = new Float32Array(encoder.width + 2).fill(-1);
  encoder.encode(row, out, 1);
  if (action !== undefined) encoder.encodeAction(action, out, 1);
  expect([out[0], out.at(-1)]).toEqual([-1, -1]);
  return [...out.slice(1, -1)];
};

describe('the compiled encoder', () => {
  it('names its columns in order', () => {
    expect(columns).toEqual([
      'da',
      'pa',
      'pa=(missing)',
      'login',
      'tld=com',
      'tld=org',
      'tld=(unseen)',
      'type',
      'action=forum',
      'action=guest',
    ]);
    expect(encoder.width).toBe(10);
  });

  it.each([
    [
      'full row',
      { da: '44', pa: 31, login: 'true', url: 'https://x.org/', type: 'b' },
      'guest',
      [44, 31, 0, 1, 0, 1, 0, 1, 0, 1],
    ],
    ['nothing known', {}, 'forum', [Number.NaN, 12.5, 1, Number.NaN, 0, 0, 1, Number.NaN, 1, 0]],
    [
      'unseen categories',
      { da: 0, pa: 0, login: 0, url: 'https://x.dev/', type: 'z' },
      undefined,
      [0, 0, 0, 0, 0, 0, 1, 3, 0, 0],
    ],
  ])('%s', (_, row, action, expected) => expect(encoded(row, action)).toEqual(expected));

  it('lets one encoded row serve every action in turn', () => {
    const out = new Float32Array(encoder.width);
    encoder.encode({}, out, 0);
    encoder.encodeAction('forum', out, 0);
    encoder.encodeAction('guest', out, 0);
    expect([...out.slice(-2)]).toEqual([0, 1]);
    expect(() => encoder.encodeAction('listing', out, 0)).toThrow(/"listing".*forum, guest/);
  });

  it('refuses a manifest whose columns contradict its encoders', () => {
    expect(() => compileEncoder({ definition, encoders, columns: ['da'] })).toThrow(/10 columns, but it lists 1/);
  });

  it('makes an unseen category missing where the encoder says so, as pandas does', () => {
    const asPandas = encoders.map((one): Encoder => (one.encoding === 'ordinal' ? { ...one, unseen: 'missing' } : one));
    const out = new Float32Array(encoder.width);
    const other = compileEncoder({ definition, encoders: asPandas, columns });
    for (const [type, code] of [
      ['z', Number.NaN],
      [null, Number.NaN],
      ['c', 2],
    ] as const) {
      other.encode({ type }, out, 0);
      expect(out[7]).toBe(code);
    }
  });

  it('takes no inherited property for a value', () => {
    expect(encoded({ type: 'constructor' }).at(7)).toBe(3);
  });
});
