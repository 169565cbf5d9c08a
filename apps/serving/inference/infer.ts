import type { Datatype } from '#contracts/http/inference';
import type { FeatureProblem, KnownFeatures, Row } from '#domain/rows/known-features';
import { ACTION, type ServedVersion } from '../models/served-version.js';
import { InferRequestError, type NumberTensor, type Tensor } from './tensor.js';

/** The one matrix tensor, as the model's metadata names it. */
export const MATRIX = 'input';

/** What a version may be asked for at once. */
export interface BatchLimits {
  readonly rows: number;
  /** Probabilities in the answer: rows × classes or actions. */
  readonly values: number;
}

/** What a version makes of a batch: probabilities row by row, and what they are of. */
export interface BatchScores {
  readonly rows: number;
  readonly labels: readonly string[];
  readonly probabilities: Float64Array;
  /** Per feature of which values could not be read and counted as missing. */
  readonly unread: readonly Unread[];
}

/** Values that could not be read: the first one and its row, and how many there are. */
export interface Unread {
  readonly problem: FeatureProblem;
  readonly row: number;
  count: number;
}

/**
 * Evaluates a batch. Either one matrix of encoded columns [rows, width], which gives a probability per class; or one
 * tensor per raw feature, which gives a probability per class for multi-class models and where the tensor "action" says
 * which action a row is about, else the probability of success of every action.
 * Throws InferRequestError naming the tensor.
 */
export function inferBatch(served: ServedVersion, inputs: readonly Tensor[], limits: BatchLimits): BatchScores {
  const { fields } = served;
  const [first] = inputs;
  if (inputs.length === 1 && first !== undefined && isMatrix(first, served.evaluator.width, fields))
    return inferMatrix(served, first, limits);
  return inferRaw(served, inputs, fields, limits);
}

function isMatrix(tensor: Tensor, width: number, fields: ReadonlyMap<string, unknown>): tensor is NumberTensor {
  const { name, shape, datatype } = tensor;
  if (name !== MATRIX) return false;
  if (fields.has(name) && !(shape.length === 2 && shape[1] === width && width > 1)) return false;
  return datatype !== 'BYTES' && (shape.length === 2 || (shape.length === 1 && !fields.has(name)));
}

function inferMatrix(served: ServedVersion, tensor: NumberTensor, limits: BatchLimits): BatchScores {
  const { width } = served.evaluator;
  const [rows, columns] = tensor.shape.length === 1 ? [1, tensor.shape[0]] : tensor.shape;
  if (rows === undefined || columns !== width)
    throw new InferRequestError(
      `input "${tensor.name}": shape is [${tensor.shape.join(', ')}], expected [rows, ${width}] for ${served.ref.version} of ${served.model}, or one tensor per feature: ${[...served.fields.keys()].join(', ')}`,
    );
  withinLimits(rows, served.manifest.classes.length, limits);
  const matrix = tensor.data instanceof Float32Array ? tensor.data : asFloat32(tensor.data);
  return { rows, labels: served.manifest.classes, probabilities: served.evaluator.predict(matrix, rows), unread: [] };
}

/** Holds the largest batch so far; used within one evaluation only. An array of its own for each request would cost more than filling it. */
let narrowed = new Float32Array(4096);

function asFloat32(values: ArrayLike<number>): Float32Array {
  if (narrowed.length < values.length) narrowed = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) narrowed[i] = values[i] ?? Number.NaN;
  return narrowed;
}

/** Rows that are encoded before they are evaluated together. */
const BLOCK = 64;

function inferRaw(
  served: ServedVersion,
  inputs: readonly Tensor[],
  fields: ReadonlyMap<string, unknown>,
  limits: BatchLimits,
): BatchScores {
  const { encoder, evaluator, manifest, known } = served;
  const actions = manifest.definition.kind === 'action-outcome' ? manifest.definition.actions : null;
  for (const { name } of inputs)
    if (!fields.has(name) && !(actions !== null && name === ACTION))
      throw new InferRequestError(
        `input "${name}": the model has no such feature; expected ${[...fields.keys(), ...(actions === null ? [] : [ACTION])].join(', ')}, or one matrix "${MATRIX}" of numbers, [rows, ${evaluator.width}]`,
      );
  const rows = rowsOf(inputs);
  const actionTensor = actions === null ? undefined : inputs.find(({ name }) => name === ACTION);
  const features = inputs.filter((tensor) => tensor !== actionTensor);
  const chosen = actionTensor === undefined ? null : actionsOf(actionTensor, actions ?? []);
  const { width } = encoder;
  const block = new Float32Array(Math.min(rows, BLOCK) * width);
  const labels = actions !== null && chosen === null ? actions : manifest.classes;
  withinLimits(rows, labels.length, limits);
  const probabilities = new Float64Array(rows * labels.length);
  const raw: Record<string, unknown> = {};
  const unread = new Map<string, Unread>();
  for (let r = 0; r < rows; r++) {
    for (const { name, data, datatype } of features) {
      const value = data[r];
      raw[name] = typeof value === 'number' ? asRaw(value, datatype) : value;
    }
    if (!known.fits(raw)) noteUnread(known, raw, r, unread);
    if (actions !== null && chosen === null) {
      probabilities.set(served.score(raw, null).probabilities, r * labels.length);
      continue;
    }
    const inBlock = r % BLOCK;
    encoder.encode(raw, block, inBlock * width);
    const action = chosen?.[r];
    if (action !== undefined) encoder.encodeAction(action, block, inBlock * width);
    if (inBlock === BLOCK - 1 || r === rows - 1)
      probabilities.set(evaluator.predict(block, inBlock + 1), (r - inBlock) * labels.length);
  }
  return { rows, labels, probabilities, unread: [...unread.values()] };
}

function noteUnread(known: KnownFeatures, raw: Row, row: number, unread: Map<string, Unread>): void {
  for (const problem of known.problems(raw, Number.POSITIVE_INFINITY)) {
    const found = unread.get(problem.feature);
    if (found === undefined) unread.set(problem.feature, { problem, row, count: 1 });
    else found.count++;
  }
}

/** NaN and the infinities stand for missing numbers. */
function asRaw(value: number, datatype: Datatype): number | boolean | null {
  if (!Number.isFinite(value)) return null;
  if (datatype === 'BOOL') return value !== 0;
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

/** Looked at before anything of the answer's size is made. */
function withinLimits(rows: number, labels: number, limits: BatchLimits): void {
  if (rows > limits.rows)
    throw new InferRequestError(`the batch has ${rows} rows, at most ${limits.rows} are taken; send it in parts`, 413);
  if (rows * labels > limits.values)
    throw new InferRequestError(
      `the answer would have ${rows} × ${labels} probabilities, at most ${limits.values} are given at once; send the batch in parts`,
      413,
    );
}
