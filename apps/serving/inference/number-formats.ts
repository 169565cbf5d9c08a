import type { Datatype } from '#contracts/http/inference';

export type NumberDatatype = Exclude<Datatype, 'BYTES'>;

/** What a number of a datatype takes and may be. */
export interface NumberFormat {
  /** Of one value in the binary extension. */
  readonly bytes: number;
  readonly whole: boolean;
  readonly low: number;
  readonly high: number;
}

const whole = (bytes: number, low: number, high: number): NumberFormat => ({ bytes, whole: true, low, high });
const real = (bytes: number, high: number): NumberFormat => ({ bytes, whole: false, low: -high, high });

/** Larger float32 numbers are rounded to infinity: half a step above the largest one. */
const FLOAT32_LIMIT = 3.4028235677973362e38;

/** The bounds of 64-bit integers are the doubles next to them within the range. */
export const NUMBER_FORMATS: Readonly<Record<NumberDatatype, NumberFormat>> = {
  BOOL: whole(1, 0, 1),
  UINT8: whole(1, 0, 2 ** 8 - 1),
  UINT16: whole(2, 0, 2 ** 16 - 1),
  UINT32: whole(4, 0, 2 ** 32 - 1),
  UINT64: whole(8, 0, 2 ** 64 - 2 ** 11),
  INT8: whole(1, -(2 ** 7), 2 ** 7 - 1),
  INT16: whole(2, -(2 ** 15), 2 ** 15 - 1),
  INT32: whole(4, -(2 ** 31), 2 ** 31 - 1),
  INT64: whole(8, -(2 ** 63), 2 ** 63 - 2 ** 10),
  FP16: real(2, 65504),
  BF16: real(2, 3.3961775292304601e38),
  FP32: real(4, FLOAT32_LIMIT),
  FP64: real(8, Number.MAX_VALUE),
};

export function fits(value: number, { whole, low, high }: NumberFormat): boolean {
  return value >= low && value <= high && (!whole || Number.isInteger(value));
}

/** What the datatype expects in place of a value that does not fit, for a sentence. */
export function expectedOf(datatype: NumberDatatype, value: unknown): string {
  const { whole, low, high } = NUMBER_FORMATS[datatype];
  if (datatype === 'BOOL') return 'true or false';
  if (whole) return `a whole number from ${low} to ${high}`;
  return typeof value === 'number' ? `a number that ${datatype} can hold` : 'a number';
}
