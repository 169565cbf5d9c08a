import { Datatype } from '#contracts/http/inference';
import { bytesOf, tensorOfBytes } from '../inference/binary-tensors.js';
import { expectNoExtension } from '../inference/extensions.js';
import { expectedOf, fits, NUMBER_FORMATS } from '../inference/number-formats.js';
import { elementCount, expectNamesOnce, InferRequestError, type Tensor } from '../inference/tensor.js';
import type { InferParameter, ModelInferRequest, TensorContents } from './messages.js';

/** The tensors of a request, from its raw bytes or its typed contents. Throws InferRequestError naming the tensor. */
export function tensorsOf({ inputs, raw_input_contents: raw }: ModelInferRequest): Tensor[] {
  if (inputs.length === 0) throw new InferRequestError('inputs: expected at least one tensor');
  if (raw.length > 0 && raw.length !== inputs.length)
    throw new InferRequestError(`raw_input_contents: expected ${inputs.length} entries like inputs, got ${raw.length}`);
  expectNamesOnce(inputs, 'inputs');
  return inputs.map(({ name, datatype, shape, contents, parameters }, i) => {
    expectNoExtension(parameters, `input "${name}"`);
    const parsed = Datatype.safeParse(datatype);
    if (!parsed.success)
      throw new InferRequestError(
        `input "${name}": datatype is "${datatype}", expected one of ${Datatype.options.join(', ')}`,
      );
    if (shape.some((size) => !(size >= 0)))
      throw new InferRequestError(`input "${name}": shape is [${shape.join(', ')}], expected whole numbers`);
    const about = { name, datatype: parsed.data, shape };
    const bytes = raw[i];
    if (bytes !== undefined && contents !== null)
      throw new InferRequestError(
        `input "${name}": has both contents and an entry of raw_input_contents, expected one of them`,
      );
    return bytes === undefined ? fromContents(about, contents ?? {}) : tensorOfBytes(about, bytes);
  });
}

interface About {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
}

function fromContents({ name, datatype, shape }: About, contents: TensorContents): Tensor {
  const field = CONTENTS_OF[datatype];
  if (field === null)
    throw new InferRequestError(`input "${name}": ${datatype} has no typed contents, send it in raw_input_contents`);
  for (const [other, values] of Object.entries(contents))
    if (other !== field && values.length > 0)
      throw new InferRequestError(`input "${name}": has ${other}, ${datatype} is sent in ${field}`);
  const count = elementCount(shape);
  const length = contents[field]?.length ?? 0;
  if (length !== count)
    throw new InferRequestError(
      `input "${name}": shape [${shape.join(', ')}] of ${datatype} asks for ${count} values, its ${field} hold ${length}`,
    );
  if (datatype === 'BYTES')
    return { name, datatype, shape, data: (contents.bytes_contents ?? []).map((bytes) => bytes.toString('utf8')) };
  const values = field === 'bytes_contents' ? [] : (contents[field] ?? []);
  const format = NUMBER_FORMATS[datatype];
  // INT8 and UINT8 travel as 32 bits; real numbers may be NaN or infinite, here as in raw bytes.
  const wrong = format.whole ? values.findIndex((value) => !fits(Number(value), format)) : -1;
  if (wrong >= 0)
    throw new InferRequestError(
      `input "${name}": value ${wrong} is ${values[wrong]}, expected ${expectedOf(datatype, values[wrong])}`,
    );
  return { name, datatype, shape, data: Float64Array.from(values, Number) };
}

/** Where the values of a datatype are; null where they have no place but raw_input_contents. */
const CONTENTS_OF: Readonly<Record<Datatype, keyof TensorContents | null>> = {
  BOOL: 'bool_contents',
  INT8: 'int_contents',
  INT16: 'int_contents',
  INT32: 'int_contents',
  INT64: 'int64_contents',
  UINT8: 'uint_contents',
  UINT16: 'uint_contents',
  UINT32: 'uint_contents',
  UINT64: 'uint64_contents',
  FP16: null,
  BF16: null,
  FP32: 'fp32_contents',
  FP64: 'fp64_contents',
  BYTES: 'bytes_contents',
};

/** Outputs in the way the inputs came. */
export function outputsOf(tensors: readonly Tensor[], raw: boolean) {
  return {
    outputs: tensors.map((tensor) => {
      const { name, datatype, shape } = tensor;
      return { name, datatype, shape, ...(raw ? {} : { contents: contentsOf(tensor) }) };
    }),
    raw_output_contents: raw ? tensors.map(bytesOf) : [],
  };
}

function contentsOf(tensor: Tensor): TensorContents {
  return tensor.datatype === 'BYTES'
    ? { bytes_contents: tensor.data.map((text) => Buffer.from(text ?? '', 'utf8')) }
    : { fp64_contents: Array.from(tensor.data) };
}

export function parametersOf(
  values: Readonly<Record<string, string | number | boolean>>,
): Record<string, InferParameter> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]): [string, InferParameter] => {
      if (typeof value === 'boolean') return [name, { bool_param: value }];
      if (typeof value === 'string') return [name, { string_param: value }];
      return [name, Number.isSafeInteger(value) ? { int64_param: value } : { double_param: value }];
    }),
  );
}
