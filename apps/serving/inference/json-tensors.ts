import { Datatype } from '#contracts/http/inference';
import { elementCount, InferRequestError, type Tensor } from './tensor.js';

/** Deeper than any tensor in use. */
const NESTING = 8;

const DATATYPES: ReadonlySet<string> = new Set(Datatype.options);
const isDatatype = (value: unknown): value is Datatype => typeof value === 'string' && DATATYPES.has(value);
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export type Parameters = Record<string, string | number | boolean>;

/** An input as it was announced; its data is in `data`, or `binarySize` bytes long behind the JSON. */
export interface AnnouncedInput {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly data: readonly unknown[] | null;
  readonly binarySize: number | null;
}

export interface RequestedOutput {
  readonly name: string;
  readonly binary: boolean;
}

export interface InferHeader {
  readonly id: string | undefined;
  readonly parameters: Parameters;
  readonly inputs: readonly AnnouncedInput[];
  /** Null: all. */
  readonly outputs: readonly RequestedOutput[] | null;
}

/** Reads the JSON of an infer request. Throws InferRequestError naming the field. */
export function readHeader(body: unknown): InferHeader {
  if (!isObject(body)) throw new InferRequestError('expected a JSON object with "inputs"');
  const { id, inputs, outputs } = body;
  if (id !== undefined && typeof id !== 'string') throw new InferRequestError('id: expected a text');
  if (!Array.isArray(inputs) || inputs.length === 0)
    throw new InferRequestError('inputs: expected a list of at least one tensor');
  const parameters = parametersOf(body.parameters, 'parameters');
  return {
    id,
    parameters,
    inputs: inputs.map((input, i) => readInput(input, `inputs[${i}]`)),
    outputs: outputs === undefined ? null : readOutputs(outputs, parameters.binary_data_output === true),
  };
}

function readInput(input: unknown, path: string): AnnouncedInput {
  if (!isObject(input)) throw new InferRequestError(`${path}: expected an object with name, shape, datatype and data`);
  const { name, shape, datatype, data } = input;
  if (typeof name !== 'string' || name === '') throw new InferRequestError(`${path}.name: expected a text`);
  if (!isDatatype(datatype))
    throw new InferRequestError(`${path}.datatype of "${name}": expected one of ${Datatype.options.join(', ')}`);
  if (!Array.isArray(shape) || !shape.every((size): size is number => Number.isSafeInteger(size) && size >= 0))
    throw new InferRequestError(`${path}.shape of "${name}": expected a list of whole numbers like [1, 23]`);
  const size = parametersOf(input.parameters, `${path}.parameters`).binary_data_size;
  if (size !== undefined && (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0))
    throw new InferRequestError(`${path}.parameters.binary_data_size of "${name}": expected a number of bytes`);
  if (size === undefined && !Array.isArray(data))
    throw new InferRequestError(`${path}.data of "${name}": expected a list of ${elementCount(shape)} values`);
  return { name, datatype, shape, data: Array.isArray(data) ? data : null, binarySize: size ?? null };
}

function readOutputs(outputs: unknown, binaryByDefault: boolean): RequestedOutput[] {
  if (!Array.isArray(outputs)) throw new InferRequestError('outputs: expected a list of {"name": …}');
  return outputs.map((output, i) => {
    if (!isObject(output) || typeof output.name !== 'string')
      throw new InferRequestError(`outputs[${i}].name: expected a text`);
    const { binary_data: binary } = parametersOf(output.parameters, `outputs[${i}].parameters`);
    return { name: output.name, binary: typeof binary === 'boolean' ? binary : binaryByDefault };
  });
}

function parametersOf(value: unknown, path: string): Parameters {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw new InferRequestError(`${path}: expected an object`);
  const parameters: Parameters = {};
  for (const [key, entry] of Object.entries(value))
    if (typeof entry === 'string' || typeof entry === 'number' || typeof entry === 'boolean') parameters[key] = entry;
  return parameters;
}

/** The tensor of an input whose data is in the JSON. */
export function tensorOfJson({ name, datatype, shape, data }: AnnouncedInput): Tensor {
  const values = data ?? [];
  const flat = values.some(Array.isArray) ? values.flat(NESTING) : values;
  const count = elementCount(shape);
  if (flat.length !== count)
    throw new InferRequestError(
      `input "${name}": shape [${shape.join(', ')}] asks for ${count} values, data holds ${flat.length}`,
    );
  if (datatype === 'BYTES') return { name, datatype, shape, data: texts(name, flat) };
  return { name, datatype, shape, data: areNumbers(flat) ? flat : numbers(name, flat) };
}

const areNumbers = (values: readonly unknown[]): values is readonly number[] =>
  values.every((value) => typeof value === 'number');

function numbers(name: string, values: readonly unknown[]): number[] {
  return values.map((value, i) => {
    if (typeof value === 'number') return value;
    if (typeof value === 'boolean') return value ? 1 : 0;
    if (value === null) return Number.NaN;
    throw new InferRequestError(`input "${name}": value ${i} is ${JSON.stringify(value)}, expected a number or null`);
  });
}

function texts(name: string, values: readonly unknown[]): (string | null)[] {
  return values.map((value, i) => {
    if (value === null) return null;
    if (typeof value === 'string') return value;
    throw new InferRequestError(`input "${name}": value ${i} is ${JSON.stringify(value)}, expected a text or null`);
  });
}
