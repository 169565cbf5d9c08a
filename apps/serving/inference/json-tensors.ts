import { Datatype } from '#contracts/http/inference';
import { expectNoExtension } from './extensions.js';
import { expectedOf, fits, NUMBER_FORMATS, type NumberDatatype, type NumberFormat } from './number-formats.js';
import { elementCount, expectNamesOnce, InferRequestError, type Tensor } from './tensor.js';

/** More than any tensor in use has. */
const DIMENSIONS = 8;

const DATATYPES: ReadonlySet<string> = new Set(Datatype.options);
const isDatatype = (value: unknown): value is Datatype => typeof value === 'string' && DATATYPES.has(value);
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export type Parameters = Record<string, string | number | boolean>;

/** Numbers that were read already; NaN where one is missing. */
type ReadNumbers = Float32Array | Float64Array;
const isRead = (data: unknown): data is ReadNumbers => data instanceof Float32Array || data instanceof Float64Array;

/** An input as it was announced; its data is in `data`, or `binarySize` bytes long behind the JSON. */
export interface AnnouncedInput {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly data: readonly unknown[] | ReadNumbers | null;
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

/** Reads the JSON of an infer request; null stands for what is left out. Throws InferRequestError naming the field. */
export function readHeader(body: unknown): InferHeader {
  if (!isObject(body)) throw new InferRequestError('expected a JSON object with "inputs"');
  const { inputs, outputs } = body;
  const id = body.id ?? undefined;
  if (id !== undefined && typeof id !== 'string') throw new InferRequestError('id: expected a text');
  if (!Array.isArray(inputs) || inputs.length === 0)
    throw new InferRequestError('inputs: expected a list of at least one tensor');
  const parameters = parametersOf(body.parameters, 'parameters');
  const announced = inputs.map((input, i) => readInput(input, `inputs[${i}]`));
  expectNamesOnce(announced, 'inputs');
  const binary = flagOf(parameters, 'binary_data_output', 'parameters') ?? false;
  return { id, parameters, inputs: announced, outputs: readOutputs(outputs ?? [], binary) };
}

function readInput(input: unknown, path: string): AnnouncedInput {
  if (!isObject(input)) throw new InferRequestError(`${path}: expected an object with name, shape, datatype and data`);
  const { name, shape, datatype, data } = input;
  if (typeof name !== 'string' || name === '') throw new InferRequestError(`${path}.name: expected a text`);
  if (!isDatatype(datatype))
    throw new InferRequestError(`${path}.datatype of "${name}": expected one of ${Datatype.options.join(', ')}`);
  if (!Array.isArray(shape) || !shape.every((size): size is number => Number.isSafeInteger(size) && size >= 0))
    throw new InferRequestError(`${path}.shape of "${name}": expected a list of whole numbers like [1, 23]`);
  if (shape.length > DIMENSIONS)
    throw new InferRequestError(
      `${path}.shape of "${name}": has ${shape.length} dimensions, expected [rows] or [rows, columns]`,
    );
  const parameters = parametersOf(input.parameters, `${path}.parameters`);
  expectNoExtension(parameters, `${path} of "${name}"`);
  const size = parameters.binary_data_size;
  if (size !== undefined && (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0))
    throw new InferRequestError(`${path}.parameters.binary_data_size of "${name}": expected a number of bytes`);
  if (size !== undefined && data !== undefined && data !== null)
    throw new InferRequestError(
      `${path} of "${name}": has both data and parameters.binary_data_size, expected one of them`,
    );
  const given = Array.isArray(data) || isRead(data) ? data : null;
  if (size === undefined && given === null)
    throw new InferRequestError(`${path}.data of "${name}": expected a list of ${elementCount(shape)} values`);
  return { name, datatype, shape, data: given, binarySize: size ?? null };
}

/** An empty list asks for all, as over gRPC, where it cannot be told from none. */
function readOutputs(outputs: unknown, binaryByDefault: boolean): RequestedOutput[] | null {
  if (!Array.isArray(outputs)) throw new InferRequestError('outputs: expected a list of {"name": …}');
  if (outputs.length === 0) return null;
  const requested = outputs.map((output, i) => {
    if (!isObject(output) || typeof output.name !== 'string')
      throw new InferRequestError(`outputs[${i}].name: expected a text`);
    const path = `outputs[${i}]`;
    const parameters = parametersOf(output.parameters, `${path}.parameters`);
    expectNoExtension(parameters, `${path} of "${output.name}"`);
    return { name: output.name, binary: flagOf(parameters, 'binary_data', `${path}.parameters`) ?? binaryByDefault };
  });
  expectNamesOnce(requested, 'outputs');
  return requested;
}

function flagOf(parameters: Parameters, name: string, path: string): boolean | undefined {
  const flag = parameters[name];
  if (flag === undefined || typeof flag === 'boolean') return flag;
  throw new InferRequestError(`${path}.${name}: is ${JSON.stringify(flag)}, expected true or false`);
}

const NO_PARAMETERS: Parameters = Object.freeze({});

function parametersOf(value: unknown, path: string): Parameters {
  if (value === undefined || value === null) return NO_PARAMETERS;
  if (!isObject(value)) throw new InferRequestError(`${path}: expected an object`);
  const parameters: Parameters = {};
  for (const [key, entry] of Object.entries(value))
    if (typeof entry === 'string' || typeof entry === 'number' || typeof entry === 'boolean') parameters[key] = entry;
  return parameters;
}

/** The tensor of an input whose data is in the JSON: flat in row-major order, or nested as its shape says. */
export function tensorOfJson({ name, datatype, shape, data }: AnnouncedInput): Tensor {
  if (isRead(data)) return { name, datatype: datatype === 'FP64' ? 'FP64' : 'FP32', shape, data };
  const values = data ?? [];
  const nested = values.some(Array.isArray);
  if (nested) expectNesting(name, shape, values, 'data', 0);
  const flat = nested ? values.flat(DIMENSIONS) : values;
  const count = elementCount(shape);
  if (flat.length !== count)
    throw new InferRequestError(
      `input "${name}": shape [${shape.join(', ')}] asks for ${count} values, data holds ${flat.length}`,
    );
  if (datatype === 'BYTES') return { name, datatype, shape, data: texts(name, flat) };
  const format = NUMBER_FORMATS[datatype];
  return { name, datatype, shape, data: areNumbers(flat, format) ? flat : numbers(name, datatype, flat) };
}

/** Ragged or transposed rows hold the right count of values in the wrong places. */
function expectNesting(
  name: string,
  shape: readonly number[],
  values: readonly unknown[],
  place: string,
  depth: number,
): void {
  if (values.length !== shape[depth])
    throw new InferRequestError(
      `input "${name}": ${place} has ${values.length} entries, shape [${shape.join(', ')}] asks for ${shape[depth]} there`,
    );
  const innermost = depth === shape.length - 1;
  values.forEach((value, i) => {
    const at = `${place}[${i}]`;
    if (Array.isArray(value) === innermost)
      throw new InferRequestError(
        `input "${name}": ${at} is ${innermost ? 'a list' : 'no list'}, data nested as shape [${shape.join(', ')}] has ${
          innermost ? 'a value' : `a list of ${shape[depth + 1]}`
        } there`,
      );
    if (Array.isArray(value)) expectNesting(name, shape, value, at, depth + 1);
  });
}

const areNumbers = (values: readonly unknown[], format: NumberFormat): values is readonly number[] =>
  values.every((value) => typeof value === 'number' && fits(value, format));

function numbers(name: string, datatype: NumberDatatype, values: readonly unknown[]): number[] {
  const format = NUMBER_FORMATS[datatype];
  return values.map((value, i) => {
    if (typeof value === 'number' && fits(value, format)) return value;
    if (typeof value === 'boolean') return value ? 1 : 0;
    if (value === null) return Number.NaN;
    // JSON has no infinity: the number was too large even for a double.
    const found =
      value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY
        ? 'too large a number'
        : JSON.stringify(value);
    throw new InferRequestError(
      `input "${name}": value ${i} is ${found}, expected ${expectedOf(datatype, value)} or null`,
    );
  });
}

function texts(name: string, values: readonly unknown[]): (string | null)[] {
  return values.map((value, i) => {
    if (value === null) return null;
    if (typeof value === 'string') return value;
    throw new InferRequestError(`input "${name}": value ${i} is ${JSON.stringify(value)}, expected a text or null`);
  });
}
