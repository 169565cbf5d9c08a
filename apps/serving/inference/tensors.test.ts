import { describe, expect, it } from 'vitest';
import type { Datatype } from '#contracts/http/inference';
import { bytesOf, tensorOfBytes } from './binary-tensors.js';
import { readHeader, tensorOfJson } from './json-tensors.js';

const bytes = (...values: number[]): Buffer => Buffer.from(values);

describe('binary tensors', () => {
  it.each<[Datatype, Buffer, number[]]>([
    ['BOOL', bytes(0, 1, 1), [0, 1, 1]],
    ['INT8', bytes(255, 127), [-1, 127]],
    ['UINT8', bytes(255, 127), [255, 127]],
    ['INT16', bytes(254, 255), [-2]],
    ['UINT16', bytes(254, 255), [65534]],
    ['INT32', bytes(254, 255, 255, 255), [-2]],
    ['UINT32', bytes(254, 255, 255, 255), [4294967294]],
    ['INT64', bytes(254, 255, 255, 255, 255, 255, 255, 255), [-2]],
    ['UINT64', bytes(2, 0, 0, 0, 1, 0, 0, 0), [4294967298]],
    ['FP16', bytes(0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00, 0x00, 0x7c), [1, -2, 2 ** -24, Number.POSITIVE_INFINITY]],
    ['BF16', bytes(0x80, 0x3f, 0x20, 0xc1, 0x80, 0x7f), [1, -10, Number.POSITIVE_INFINITY]],
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
    ['BOOL', bytes(7), 'input "x": value 0 is 7, expected 0 or 1'],
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
    [{ parameters: { binary_data_size: 16 } }, 'inputs[0] of "x": has both data and parameters.binary_data_size'],
    [{ parameters: { shared_memory_region: 'x' } }, 'inputs[0] of "x".parameters.shared_memory_region: there is no'],
    [{ shape: [1, 1, 1, 1, 1, 1, 1, 2, 2] }, 'inputs[0].shape of "x": has 9 dimensions'],
    [{ data: [[1, 2, 3], [4]] }, 'input "x": data[0] has 3 entries, shape [2, 2] asks for 2 there'],
    [{ shape: [1, 4], data: [[1], [2], [3], [4]] }, 'input "x": data has 4 entries, shape [1, 4] asks for 1 there'],
    [{ data: [[1, 2], 3, 4] }, 'input "x": data has 3 entries'],
    [{ data: [[1, 2], 3] }, 'input "x": data[1] is no list, data nested as shape [2, 2] has a list of 2 there'],
    [
      {
        data: [
          [1, [2]],
          [3, 4],
        ],
      },
      'input "x": data[0][1] is a list',
    ],
    [{ datatype: 'INT64', data: [1, 2, 3, 1.5] }, 'input "x": value 3 is 1.5, expected a whole number from'],
    [{ datatype: 'UINT8', data: [1, -1, 3, 4] }, 'input "x": value 1 is -1, expected a whole number from 0 to 255'],
    [{ datatype: 'INT8', data: [1, 2, 128, 4] }, 'input "x": value 2 is 128, expected a whole number from -128 to 127'],
    [{ datatype: 'BOOL', data: [1, 0, true, 7] }, 'input "x": value 3 is 7, expected true or false or null'],
    [{ data: [1, 2, 3, 1e39] }, 'input "x": value 3 is 1e+39, expected a number that FP32 can hold'],
    [{ datatype: 'FP64', data: JSON.parse('[1, 2, 3, 1e400]') }, 'input "x": value 3 is too large a number'],
  ])('that do not fit are refused: %j', (change, message) => {
    expect(() => read(change)).toThrow(message);
  });
});

describe('an infer request', () => {
  const input = { name: 'x', datatype: 'FP32', shape: [1], data: [1] };

  it('names each tensor once', () => {
    expect(() => readHeader({ inputs: [input, input] })).toThrow('inputs[1].name: "x" is there twice');
    const outputs = Array.from({ length: 20_000 }, () => ({ name: 'probabilities' }));
    expect(() => readHeader({ inputs: [input], outputs })).toThrow('outputs[1].name: "probabilities" is there twice');
  });

  it('asks for every output with an empty list', () => {
    expect(readHeader({ inputs: [input], outputs: [] }).outputs).toBeNull();
  });

  it('may have null for what it leaves out', () => {
    const body = { id: null, parameters: null, inputs: [{ ...input, parameters: null }], outputs: null };
    expect(readHeader(body)).toEqual(readHeader({ inputs: [input] }));
  });

  it.each([
    [
      { parameters: { binary_data_output: 'true' } },
      'parameters.binary_data_output: is "true", expected true or false',
    ],
    [{ outputs: [{ name: 'decision', parameters: { binary_data: 1 } }] }, 'outputs[0].parameters.binary_data: is 1'],
    [
      { outputs: [{ name: 'decision', parameters: { classification: 2 } }] },
      'outputs[0] of "decision".parameters.classification: there is no classification here',
    ],
  ])('is refused where an answer would not be what was asked for: %j', (change, message) => {
    expect(() => readHeader({ inputs: [input], ...change })).toThrow(message);
  });
});
