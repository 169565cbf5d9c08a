import type { NumberDatatype } from './number-formats.js';

interface Common {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Row-major; 64-bit integers are rounded to doubles, missing numbers are NaN. FP32 is rounded to float32 by whoever reads it. */
export interface NumberTensor extends Common {
  readonly datatype: NumberDatatype;
  readonly data: ArrayLike<number>;
}

export interface TextTensor extends Common {
  readonly datatype: 'BYTES';
  readonly data: readonly (string | null)[];
}

/** A tensor in memory. */
export type Tensor = NumberTensor | TextTensor;

/** The caller sent something that cannot be answered; the message names the tensor or field and what was expected. */
export class InferRequestError extends Error {
  override readonly name = 'InferRequestError';

  constructor(
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Throws InferRequestError where two of a request's `what` have one name: the other one would be ignored. */
export function expectNamesOnce(tensors: readonly { readonly name: string }[], what: 'inputs' | 'outputs'): void {
  if (tensors.length < 2) return;
  const seen = new Set<string>();
  tensors.forEach(({ name }, i) => {
    if (seen.has(name)) throw new InferRequestError(`${what}[${i}].name: "${name}" is there twice`);
    seen.add(name);
  });
}
