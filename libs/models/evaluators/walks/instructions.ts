/** The bytes of those WebAssembly instructions that the walk is put together from. */

const unsigned = (value: number): number[] => {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest & 127) | 128);
  }
};

const signed = (value: number): number[] => {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7) {
    if (rest >= -64 && rest < 64) return [...bytes, rest & 127];
    bytes.push((rest & 127) | 128);
  }
};

export const get = (local: number): number[] => [0x20, ...unsigned(local)];
export const set = (local: number): number[] => [0x21, ...unsigned(local)];
export const tee = (local: number): number[] => [0x22, ...unsigned(local)];

export const i32 = (value: number): number[] => [0x41, ...signed(value)];
export const load32 = (offset: number): number[] => [0x28, 2, ...unsigned(offset)];
export const load16 = (offset: number): number[] => [0x2f, 1, ...unsigned(offset)];
export const loadSigned16 = (offset: number): number[] => [0x2e, 1, ...unsigned(offset)];
export const ADD = 0x6a;
export const SUBTRACT = 0x6b;
export const AND = 0x71;
export const SHIFT_LEFT = 0x74;
export const SHIFT_RIGHT_SIGNED = 0x75;
export const SHIFT_RIGHT = 0x76;
export const BELOW = 0x49;
export const IS_ZERO = 0x45;

/** Vectors of 128 bits: eight whole numbers of 16 bits, or two doubles. */
const vector = (instruction: number): number[] => [0xfd, ...unsigned(instruction)];
export const loadVector = (offset: number): number[] => [...vector(0x00), 1, ...unsigned(offset)];
export const storeVector = (offset: number): number[] => [...vector(0x0b), 3, ...unsigned(offset)];
/** The 16 bits at an address, in each of the eight places. */
export const loadEverywhere16 = (offset: number): number[] => [...vector(0x08), 1, ...unsigned(offset)];
/** A double into the first of two places, and one into the second of a vector that is there already. */
export const loadFirstDouble = (offset: number): number[] => [...vector(0x5d), 3, ...unsigned(offset)];
export const loadSecondDouble = (offset: number): number[] => [...vector(0x57), 3, ...unsigned(offset), 1];
export const numberAt = (place: number): number[] => [...vector(0x18), place];
export const ADD_EACH_16 = vector(0x8e);
export const SHIFT_EACH_16_LEFT = vector(0x8b);
/** All bits where the first is above the second, none elsewhere. */
export const ABOVE_EACH_16 = vector(0x31);
/** The first where the third has bits, the second elsewhere. */
export const CHOOSE_BITS = vector(0x52);
export const ADD_EACH_DOUBLE = vector(0xf0);
export const EACH_TO_SINGLE_AND_BACK = [...vector(0x5e), ...vector(0x5f)];

export const BLOCK = [0x02, 0x40];
export const LOOP = [0x03, 0x40];
export const IF = [0x04, 0x40];
export const END = 0x0b;
/** To the beginning of the loop, or to the end of the block, that one is in. */
export const BRANCH_IF = [0x0d, 0];

const WORD = 0x7f;
const VECTOR = 0x7b;

const name = (text: string): number[] => [...unsigned(text.length), ...Buffer.from(text)];
const section = (id: number, bytes: readonly number[]): number[] => [id, ...unsigned(bytes.length), ...bytes];

interface OneFunction {
  readonly name: string;
  /** 32-bit words each. */
  readonly parameters: number;
  /** Locals, numbered on from the parameters: words, then vectors. */
  readonly words: number;
  readonly vectors: number;
  readonly code: readonly number[];
}

/** A module of one function without a result, on a memory that comes from outside as `env.memory`. */
export function moduleOf(one: OneFunction): Uint8Array<ArrayBuffer> {
  const locals = [...unsigned(one.words), WORD, ...unsigned(one.vectors), VECTOR];
  const body = [2, ...locals, ...one.code];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, one.parameters, ...Array.from({ length: one.parameters }, () => WORD), 0]),
    ...section(2, [1, ...name('env'), ...name('memory'), 2, 0, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...name(one.name), 0, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ]);
}
