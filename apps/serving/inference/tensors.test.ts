import { describe, expect, it } from 'vitest';
import type { Datatype } from '#contracts/http/inference';
import { bytesOf, tensorOfBytes } from './binary-tensors.js';
import { readHeader, tensorOfJson } from './json-tensors.js';

const bytes = (...values: number[]): Buffer => Buffer.from(values);

describe('binary tensors', () => {
  it.each<[Datatype, Buffer, number[]]>([
    ['BOOL', bytes(0, 1, 2), [0, 1, 1]],
    ['INT8', bytes(255, 127), [-1, 127]],
    ['UINT8', bytes(255, 127), [255, 127]],
    ['INT16', bytes(254, 255), [-2]],
    ['UINT16', bytes(254, 255), [65534]],
    ['INT32', bytes(254, 255, 255, 255), [-2]],
    ['UINT32', bytes(254, 255, 255, 255), [4294967294]],
    ['INT64', bytes(254, 255, 255, 255, 255, 255, 255, 255), [-2]],
    ['UINT64', bytes(2, 0, 0, 0, 1, 0, 0, 0), [4294967298]],
    ['FP16', bytes(0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00, 0x00, 0x7c), [1, -2, 2 ** -24, Number.POSITIVE_INFINITY]],
    ['FP32', bytes(0, 0, 128, 63), [1]],
    ['FP64', bytes(0, 0, 0, 0, 0, 0, 240, 191), [-1]],
  ])('of %s are little-endian', (datatype, data, values) => {
    const tensor = tensorOfBytes({ name: 'x', datatype, shape: [values.length] }, data);
    expect(Array.from<unknown>(tensor.data)).toEqual(values);
  });

  it('of texts have each length in front', () => {
    const data = bytesOf({ name: 'x', datatype: 'BYTES', shape: [2], data: ['héé', ''] });
    expect(data).toEqual(Buffer.concat([bytes(5, 0, 0, 0), Buffer.from('héé'), bytes(0, 0, 0, 0)]));
    expect(tensorOfBytes({ name: 'x', datatype: 'BYTES', shape: [2] }, data).data).toEqual(['héé', '']);
  });

  it.each<[Datatype, Buffer, string]>([
    ['FP32', bytes(0, 0), 'input "x": shape [1] of FP32 takes 4 bytes, got 2'],
    ['BYTES', bytes(9, 0, 0, 0, 1), 'input "x": its bytes end within element 0 of 1'],
    ['BYTES', bytes(1, 0, 0, 0, 65, 66), 'input "x": has 1 bytes more than its 1 elements'],
  ])('of %s that do not fit are refused', (datatype, data, message) => {
    expect(() => tensorOfBytes({ name: 'x', datatype, shape: [1] }, data)).toThrow(message);
  });
});

describe('JSON tensors', () => {
  const input = { name: 'x', datatype: 'FP32', shape: [2, 2], data: [1, null, true, 4] } as const;
  const read = (change: object) => {
    const [first] = readHeader({ inputs: [{ ...input, ...change }] }).inputs;
    if (first === undefined) throw new Error('no input');
    return tensorOfJson(first);
  };

  it('are flat or nested, with null for missing', () => {
    expect(Array.from<unknown>(read({}).data)).toEqual([1, Number.NaN, 1, 4]);
    expect(
      read({
        data: [
          [1, null],
          [true, 4],
        ],
      }),
    ).toEqual(read({}));
    expect(read({ datatype: 'BYTES', data: ['a', null, 'c', 'd'] }).data).toEqual(['a', null, 'c', 'd']);
  });

  it.each([
    [{ name: '' }, 'inputs[0].name: expected a text'],
    [{ shape: [-1] }, 'inputs[0].shape of "x"'],
    [{ shape: '2' }, 'inputs[0].shape of "x"'],
    [{ data: undefined }, 'inputs[0].data of "x": expected a list of 4 values'],
    [{ data: [1, 2, 3, 'four'] }, 'input "x": value 3 is "four", expected a number or null'],
    [{ datatype: 'BYTES' }, 'input "x": value 0 is 1, expected a text or null'],
    [{ parameters: { binary_data_size: -1 } }, 'inputs[0].parameters.binary_data_size of "x"'],
  ])('that do not fit are refused: %j', (change, message) => {
    expect(() => read(change)).toThrow(message);
  });
});
