import { type Memory, webAssembly } from './webassembly.js';

/**
 * The inner loop over perfect trees as WebAssembly, put together here because a toolchain for one function would be more than the function.
 * JavaScript checks bounds at every read, which is half of its time: 200 trees of depth 6 take 1.5 µs a row instead of 3.5.
 *
 * `walk(trees, treesEnd, rowsEnd, single)` goes through the table of trees from `trees` on. An entry is five 32-bit words: where the tree's nodes are,
 * where its leaves would begin if they were numbered like nodes, its levels, and from where to where it is written which sums it is
 * added to. Bins begin at address 0, a column of {@link ROWS} after the other; sums are doubles, ROWS of each. `rowsEnd` is twice the count of rows, of which
 * eight are walked side by side: each step of a walk waits for memory, and eight waits take hardly longer than one.
 * What a row after the last brings does no harm.
 */
export const ROWS = 64;
export const ENTRY_BYTES = 20;

export type Walk = (trees: number, treesEnd: number, rowsEnd: number, single: number) => void;

const TOGETHER = 8;
/** ROWS bins of two bytes: what a place is multiplied by. */
const PLACE_SHIFT = 7;

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

const get = (local: number): number[] => [0x20, ...unsigned(local)];
const set = (local: number): number[] => [0x21, ...unsigned(local)];
const tee = (local: number): number[] => [0x22, ...unsigned(local)];
const i32 = (value: number): number[] => [0x41, ...signed(value)];
const load32 = (offset: number): number[] => [0x28, 2, ...unsigned(offset)];
const load16 = (offset: number): number[] => [0x2f, 1, ...unsigned(offset)];
const loadDouble = (offset: number): number[] => [0x2b, 3, ...unsigned(offset)];
const storeDouble = (offset: number): number[] => [0x39, 3, ...unsigned(offset)];
const ADD = 0x6a;
const SUBTRACT = 0x6b;
const AND = 0x71;
const SHIFT_LEFT = 0x74;
const SHIFT_RIGHT = 0x76;
const BELOW = 0x49;
const IS_ZERO = 0x45;
const ADD_DOUBLES = 0xa0;
const TO_SINGLE_AND_BACK = [0xb6, 0xbb];
const SELECT = 0x1b;
const BLOCK = [0x02, 0x40];
const LOOP = [0x03, 0x40];
const REPEAT_IF = [0x0d, 0];
const END = 0x0b;

const [TREE, TREES_END, ROWS_END, SINGLE, NODES, LEAVES, LEVELS, ROW, LEVEL, LIST, SUM, WORD] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
];
/** Where in its tree each of the rows is: four times the node's number. */
const nodeOf = (row: number): number => 12 + row;
const WORDS = nodeOf(TOGETHER) - NODES;
const TOTAL = nodeOf(TOGETHER);

const rows = Array.from({ length: TOGETHER }, (_, row) => row);

/** To the left child, 2 i + 1, or to the one after it where the bin is above the threshold's number. */
const step = (row: number): number[] => [
  ...[...get(NODES), ...get(nodeOf(row)), ADD, ...load32(0), ...tee(WORD)],
  ...[...i32(16), SHIFT_RIGHT],
  ...[...get(WORD), ...i32(0xffff), AND, ...i32(PLACE_SHIFT), SHIFT_LEFT, ...get(ROW), ADD, ...load16(2 * row)],
  ...[SUBTRACT, ...i32(31), SHIFT_RIGHT, ...i32(2), SHIFT_LEFT],
  ...[...get(nodeOf(row)), ...i32(1), SHIFT_LEFT, ADD, ...i32(4), ADD, ...set(nodeOf(row))],
];

/** Sums are of double precision, or rounded to single precision after each tree, as the model's library does it. */
const addLeaf = (row: number): number[] => [
  ...get(SUM),
  ...[...get(SUM), ...loadDouble(8 * row)],
  ...[...get(LEAVES), ...get(nodeOf(row)), ...i32(1), SHIFT_LEFT, ADD, ...loadDouble(0)],
  ...[ADD_DOUBLES, ...tee(TOTAL), ...TO_SINGLE_AND_BACK, ...get(TOTAL), ...get(SINGLE), SELECT],
  ...storeDouble(8 * row),
];

/** `local += by`, and once more if it is below `end`. */
const next = (local: number, by: number, end: number): number[] => [
  ...[...get(local), ...i32(by), ADD, ...tee(local), ...get(end), BELOW, ...REPEAT_IF, END],
];

const LIST_END = [...get(TREE), ...load32(16)];

const code: number[] = [
  ...LOOP,
  ...[...get(TREE), ...load32(0), ...set(NODES)],
  ...[...get(TREE), ...load32(4), ...set(LEAVES)],
  ...[...get(TREE), ...load32(8), ...set(LEVELS)],
  ...[...i32(0), ...set(ROW)],
  ...LOOP,
  ...rows.flatMap((row) => [...i32(0), ...set(nodeOf(row))]),
  ...BLOCK,
  ...[...get(LEVELS), ...tee(LEVEL), IS_ZERO, ...REPEAT_IF],
  ...LOOP,
  ...rows.flatMap(step),
  ...[...get(LEVEL), ...i32(1), SUBTRACT, ...tee(LEVEL), ...REPEAT_IF, END],
  END,
  ...[...get(TREE), ...load32(12), ...set(LIST)],
  ...LOOP,
  // Four doubles' bytes for each of a row's two.
  ...[...get(LIST), ...load32(0), ...get(ROW), ...i32(2), SHIFT_LEFT, ADD, ...set(SUM)],
  ...rows.flatMap(addLeaf),
  ...[...get(LIST), ...i32(4), ADD, ...tee(LIST), ...LIST_END, BELOW, ...REPEAT_IF, END],
  ...next(ROW, 2 * TOGETHER, ROWS_END),
  ...next(TREE, ENTRY_BYTES, TREES_END),
  END,
];

const name = (text: string): number[] => [...unsigned(text.length), ...Buffer.from(text)];
const section = (id: number, bytes: readonly number[]): number[] => [id, ...unsigned(bytes.length), ...bytes];

function moduleBytes(): Uint8Array<ArrayBuffer> {
  // Two kinds of locals: 32-bit words and one double.
  const body = [2, ...unsigned(WORDS), 0x7f, 1, 0x7c, ...code];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    // One function type, of four words to nothing; the memory comes from outside.
    ...section(1, [1, 0x60, 4, 0x7f, 0x7f, 0x7f, 0x7f, 0]),
    ...section(2, [1, ...name('env'), ...name('memory'), 2, 0, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...name('walk'), 0, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ]);
}

let compiled: object | null = null;

const isWalk = (value: unknown): value is Walk => typeof value === 'function';

export function walkIn(memory: Memory): Walk {
  const { Module, Instance } = webAssembly();
  compiled ??= new Module(moduleBytes());
  const { walk } = new Instance(compiled, { env: { memory } }).exports;
  if (!isWalk(walk)) throw new Error('the module has no function "walk"');
  return walk;
}
