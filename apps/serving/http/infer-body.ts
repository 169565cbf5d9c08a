import type { FastifyRequest } from 'fastify';
import type { InferBody } from '../inference/inference.js';
import { readNumbers } from '../inference/json-numbers.js';
import { elementCount, InferRequestError } from '../inference/tensor.js';
import { parseJson } from './parse-json.js';

export const HEADER_LENGTH = 'inference-header-content-length';

/** Takes the JSON in front of binary tensors apart from them. Throws InferRequestError. */
export function splitBody(headers: FastifyRequest['headers'], body: Buffer): InferBody {
  const announced = headers[HEADER_LENGTH];
  const length = announced === undefined ? body.length : lengthOf(announced);
  if (!(length <= body.length))
    throw new InferRequestError(
      `header Inference-Header-Content-Length is ${String(announced)}, expected a number of bytes up to ${body.length}`,
    );
  if (announced === undefined && body.length > SHORT) {
    const json = withNumbers(body);
    if (json !== null) return { json, binary: null };
  }
  const text = body.toString('utf8', 0, length);
  const parsed = parseJson(text);
  if (!parsed.ok) throw new InferRequestError(`the body is not JSON: ${parsed.detail}${aboutNaN(text)}`);
  return { json: parsed.json, binary: announced === undefined ? null : body.subarray(length) };
}

const lengthOf = (header: string | string[]): number => (/^\d+$/.test(String(header)) ? Number(header) : Number.NaN);

/** Python's json writes NaN and Infinity, which JSON does not have. */
const aboutNaN = (text: string): string =>
  /[[,:]\s*-?(?:NaN|Infinity)\b/.test(text)
    ? '; JSON has no NaN or Infinity: write null for a missing number, or send the tensor as binary data'
    : '';

/** For fewer bytes than this, JSON.parse is done before anything else would have begun. */
const SHORT = 2048;

const DATA = '"data"';
const BEGINNING = /^"data"\s*:\s*\[/;
/** Stands for the list while the rest is parsed. */
const PLACEHOLDER = '0';

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** The JSON of a body with one tensor of real numbers, its flat list read into a typed array; null where that is not so. */
function withNumbers(body: Buffer): unknown {
  const at = body.indexOf(DATA);
  if (at < 0) return null;
  const beginning = BEGINNING.exec(body.toString('latin1', at, at + 64));
  if (beginning === null) return null;
  const start = at + beginning[0].length;
  const end = body.indexOf(']', start);
  if (end < 0 || body.indexOf(DATA, end) >= 0) return null;
  const rest = parseJson(
    body.toString('utf8', 0, start - 1) + PLACEHOLDER + body.toString('utf8', end + 1, body.length),
  );
  if (!rest.ok || !isObject(rest.json)) return null;
  const { inputs } = rest.json;
  if (!Array.isArray(inputs) || inputs.length !== 1) return null;
  const input: unknown = inputs[0];
  if (!isObject(input) || input.data !== Number(PLACEHOLDER)) return null;
  const { datatype, shape } = input;
  if (datatype !== 'FP32' && datatype !== 'FP64') return null;
  if (!Array.isArray(shape) || !shape.every((size): size is number => Number.isSafeInteger(size) && size >= 0))
    return null;
  const count = elementCount(shape);
  // A number takes a byte, and all but the last a comma.
  if (count > (end - start + 1) / 2) return null;
  const numbers = datatype === 'FP32' ? new Float32Array(count) : new Float64Array(count);
  if (!readNumbers(body, start, end, numbers)) return null;
  input.data = numbers;
  return rest.json;
}
