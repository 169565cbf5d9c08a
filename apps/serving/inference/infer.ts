import type { Datatype } from '#contracts/http/inference';
import { ACTION, type ServedVersion } from '../models/served-version.js';
import { InferRequestError, type NumberTensor, type Tensor } from './tensor.js';

/** What a version makes of a batch: probabilities row by row, and what they are of. */
export interface BatchScores {
  readonly rows: number;
  readonly labels: readonly string[];
  readonly probabilities: Float64Array;
}

/**
 * Evaluates a batch. Either one matrix of encoded columns [rows, width], which gives a probability per class; or one
 * tensor per raw feature, which gives a probability per class for multi-class models and where the tensor "action" says
 * which action a row is about, else the probability of success of every action.
 * Throws InferRequestError naming the tensor.
 */
export function inferBatch(served: ServedVersion, inputs: readonly Tensor[], limit: number): BatchScores {
  const { fields } = served;
  const [first] = inputs;
  if (inputs.length === 1 && first !== undefined && isMatrix(first, served.evaluator.width, fields))
    return inferMatrix(served, first, limit);
  return inferRaw(served, inputs, fields, limit);
}

function isMatrix(tensor: Tensor, width: number, fields: ReadonlyMap<string, unknown>): tensor is NumberTensor {
  const { name, shape, datatype } = tensor;
  if (fields.has(name) && !(shape.length === 2 && shape[1] === width && width > 1)) return false;
  return datatype !== 'BYTES' && (shape.length === 2 || (shape.length === 1 && !fields.has(name)));
}

function inferMatrix(served: ServedVersion, tensor: NumberTensor, limit: number): BatchScores {
  const { width } = served.evaluator;
  const [rows, columns] = tensor.shape.length === 1 ? [1, tensor.shape[0]] : tensor.shape;
  if (rows === undefined || columns !== width)
    throw new InferRequestError(
      `input "${tensor.name}": shape is [${tensor.shape.join(', ')}], expected [rows, ${width}] for ${served.ref.version} of ${served.model}, or one tensor per feature: ${[...served.fields.keys()].join(', ')}`,
    );
  withinLimit(rows, limit);
  const matrix = tensor.data instanceof Float32Array ? tensor.data : asFloat32(tensor.data);
  return { rows, labels: served.manifest.classes, probabilities: served.evaluator.predict(matrix, rows) };
}

/** Holds the largest batch so far; used within one evaluation only. An array of its own for each request would cost more than filling it. */
let narrowed = new Float32Array(4096);

function asFloat32(values: ArrayLike<number>): Float32Array {
  if (narrowed.length < values.length) narrowed = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) narrowed[i] = values[i] ?? Number.NaN;
  return narrowed;
}

function inferRaw(
  served: ServedVersion,
  inputs: readonly Tensor[],
  fields: ReadonlyMap<string, unknown>,
  limit: number,
): BatchScores {
  const { encoder, evaluator, manifest } = served;
  const actions = manifest.definition.kind === 'action-outcome' ? manifest.definition.actions : null;
  const rows = rowsOf(inputs);
  withinLimit(rows, limit);
  for (const { name } of inputs)
    if (!fields.has(name) && !(actions !== null && name === ACTION))
      throw new InferRequestError(
        `input "${name}": the model has no such feature; expected ${[...fields.keys(), ...(actions === null ? [] : [ACTION])].join(', ')}, or one matrix of [rows, ${evaluator.width}]`,
      );
  const actionTensor = actions === null ? undefined : inputs.find(({ name }) => name === ACTION);
  const features = inputs.filter((tensor) => tensor !== actionTensor);
  const chosen = actionTensor === undefined ? null : actionsOf(actionTensor, actions ?? []);
  const row = new Float32Array(encoder.width);
  const labels = actions !== null && chosen === null ? actions : manifest.classes;
  const probabilities = new Float64Array(rows * labels.length);
  const raw: Record<string, unknown> = {};
  for (let r = 0; r < rows; r++) {
    for (const { name, data, datatype } of features) {
      const value = data[r];
      raw[name] = typeof value === 'number' ? asRaw(value, datatype) : value;
    }
    if (actions !== null && chosen === null) {
      probabilities.set(served.score(raw, null).probabilities, r * labels.length);
      continue;
    }
    encoder.encode(raw, row, 0);
    const action = chosen?.[r];
    if (action !== undefined) encoder.encodeAction(action, row, 0);
    evaluator.predictRow(row, 0, probabilities, r * labels.length);
  }
  return { rows, labels, probabilities };
}

function asRaw(value: number, datatype: Datatype): number | boolean | null {
  if (datatype === 'BOOL') return Number.isNaN(value) ? null : value !== 0;
  return datatype === 'FP32' ? Math.fround(value) : value;
}

function rowsOf(inputs: readonly Tensor[]): number {
  let rows: number | null = null;
  for (const { name, shape } of inputs) {
    const [count, columns = 1] = shape;
    if (count === undefined || shape.length > 2 || columns !== 1)
      throw new InferRequestError(`input "${name}": shape is [${shape.join(', ')}], expected [rows] or [rows, 1]`);
    if (rows !== null && rows !== count)
      throw new InferRequestError(`input "${name}": has ${count} rows, "${inputs[0]?.name}" has ${rows}`);
    rows = count;
  }
  return rows ?? 0;
}

function actionsOf(tensor: Tensor, known: readonly string[]): string[] {
  return Array.from<string | number | null, string>(tensor.data, (value, i) => {
    if (typeof value === 'string' && known.includes(value)) return value;
    throw new InferRequestError(
      `input "${ACTION}": value ${i} is ${JSON.stringify(value)}, expected one of ${known.join(', ')}`,
    );
  });
}

function withinLimit(rows: number, limit: number): void {
  if (rows > limit)
    throw new InferRequestError(`the batch has ${rows} rows, at most ${limit} are taken; send it in parts`, 413);
}
