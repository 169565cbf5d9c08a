import { Datatype } from '#contracts/http/inference';
import { bytesOf, tensorOfBytes } from '../inference/binary-tensors.js';
import { elementCount, InferRequestError, type Tensor } from '../inference/tensor.js';
import type { InferParameter, ModelInferRequest, TensorContents } from './messages.js';

/** The tensors of a request, from its raw bytes or its typed contents. Throws InferRequestError naming the tensor. */
export function tensorsOf({ inputs, raw_input_contents: raw }: ModelInferRequest): Tensor[] {
  if (inputs.length === 0) throw new InferRequestError('inputs: expected at least one tensor');
  if (raw.length > 0 && raw.length !== inputs.length)
    throw new InferRequestError(`raw_input_contents: expected ${inputs.length} entries like inputs, got ${raw.length}`);
  return inputs.map(({ name, datatype, shape, contents }, i) => {
    const parsed = Datatype.safeParse(datatype);
    if (!parsed.success)
      throw new InferRequestError(
        `input "${name}": datatype is "${datatype}", expected one of ${Datatype.options.join(', ')}`,
      );
    if (shape.some((size) => !(size >= 0)))
      throw new InferRequestError(`input "${name}": shape is [${shape.join(', ')}], expected whole numbers`);
    const about = { name, datatype: parsed.data, shape };
    const bytes = raw[i];
    return bytes === undefined ? fromContents(about, contents ?? {}) : tensorOfBytes(about, bytes);
  });
}

interface About {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
}

function fromContents({ name, datatype, shape }: About, contents: TensorContents): Tensor {
  const count = elementCount(shape);
  const expectCount = (length: number): void => {
    if (length !== count)
      throw new InferRequestError(
        `input "${name}": shape [${shape.join(', ')}] of ${datatype} asks for ${count} values, its contents hold ${length}`,
      );
  };
  if (datatype === 'BYTES') {
    const texts = (contents.bytes_contents ?? []).map((bytes) => bytes.toString('utf8'));
    expectCount(texts.length);
    return { name, datatype, shape, data: texts };
  }
  const values = numbersFor(name, datatype, contents);
  expectCount(values.length);
  return { name, datatype, shape, data: Float64Array.from(values, Number) };
}

function numbersFor(
  name: string,
  datatype: Exclude<Datatype, 'BYTES'>,
  contents: TensorContents,
): readonly (number | boolean)[] {
  switch (datatype) {
    case 'BOOL':
      return contents.bool_contents ?? [];
    case 'INT8':
    case 'INT16':
    case 'INT32':
      return contents.int_contents ?? [];
    case 'INT64':
      return contents.int64_contents ?? [];
    case 'UINT8':
    case 'UINT16':
    case 'UINT32':
      return contents.uint_contents ?? [];
    case 'UINT64':
      return contents.uint64_contents ?? [];
    case 'FP16':
      throw new InferRequestError(`input "${name}": FP16 has no typed contents, send it in raw_input_contents`);
    case 'FP32':
      return contents.fp32_contents ?? [];
    case 'FP64':
      return contents.fp64_contents ?? [];
  }
}

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
