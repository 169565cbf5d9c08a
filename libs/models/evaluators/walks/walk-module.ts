import {
  ABOVE_EACH_16,
  ADD,
  ADD_EACH_16,
  ADD_EACH_DOUBLE,
  AND,
  BELOW,
  BLOCK,
  BRANCH_IF,
  CHOOSE_BITS,
  EACH_TO_SINGLE_AND_BACK,
  END,
  get,
  IF,
  IS_ZERO,
  i32,
  LOOP,
  load16,
  load32,
  loadEverywhere16,
  loadFirstDouble,
  loadSecondDouble,
  loadSigned16,
  loadVector,
  moduleOf,
  numberAt,
  SHIFT_EACH_16_LEFT,
  SHIFT_LEFT,
  SHIFT_RIGHT,
  SHIFT_RIGHT_SIGNED,
  SUBTRACT,
  set,
  storeVector,
  tee,
} from './instructions.js';
import { type Memory, webAssembly } from './webassembly.js';

/**
 * The inner loop over perfect trees as WebAssembly, put together here because a toolchain for one function would be more than the function.
 *
 * `walk(trees, treesEnd, rowsEnd, single)` goes through the table of trees from `trees` on. An entry is five 32-bit words: where the tree's nodes are,
 * where its leaves would begin if they were numbered like nodes, its levels below {@link COMPARED_LEVELS}, and from where to where it is written which sums it is
 * added to. Bins begin at address 0, a column of {@link ROWS} after the other; sums are doubles, ROWS of each. `rowsEnd` is twice the count of rows.
 * What a row after the last brings does no harm.
 *
 * The upper levels are not walked: each of their nodes is compared with the bins of eight rows at once, and from the bottom up a row keeps what the
 * side that it goes to says. These are more comparisons, but none waits for another. From there on rows are walked side by side:
 * each step of a walk waits for memory, and eight waits take hardly longer than one.
 */
export const ROWS = 64;
export const ENTRY_BYTES = 20;
/** No tree has fewer levels. With each one more there are twice the nodes to compare, and the fifth takes longer than walking it. */
export const COMPARED_LEVELS = 4;

export type Walk = (trees: number, treesEnd: number, rowsEnd: number, single: number) => void;

/** Rows that go down a tree together: as many as a vector has bins. */
const TOGETHER = 8;
/** ROWS bins of two bytes: what a place is multiplied by. */
const PLACE_SHIFT = 7;

const [TREE, TREES_END, ROWS_END, SINGLE, NODES, LEAVES, LEVEL, ROW, LIST, SUM, WORD] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
];
/** Where in its tree each of the rows is: four times the node's number. */
const nodeOf = (row: number): number => WORD + 1 + row;
const WORDS = nodeOf(TOGETHER) - NODES;
const TWO_SUMS = nodeOf(TOGETHER);
const ABOVE = TWO_SUMS + 1;
/** What a left or a right node of a level says: how many nodes of the first level that is walked, among those below it, are before a row's; as a number below zero. */
const sideOf = (level: number, right: boolean): number => ABOVE + 1 + 2 * level + (right ? 1 : 0);
const VECTORS = sideOf(COMPARED_LEVELS, false) - TWO_SUMS;

const rows = Array.from({ length: TOGETHER }, (_, row) => row);

/** `local += by`, and once more if it is below `end`. */
const next = (local: number, by: number, end: number): number[] => [
  ...[...get(local), ...i32(by), ADD, ...tee(local), ...get(end), BELOW, ...BRANCH_IF, END],
];

/** Leaves what a node says in the local of its level and side. */
function compare(node: number, level: number, right: boolean): number[] {
  const below = COMPARED_LEVELS - 1 - level;
  // Its column's bins against its threshold: -1, which are all bits, for rows that go right, and 0 for the others.
  const above = [
    ...[...get(NODES), ...load16(4 * node), ...i32(PLACE_SHIFT), SHIFT_LEFT, ...get(ROW), ADD, ...loadVector(0)],
    ...[...get(NODES), ...loadEverywhere16(4 * node + 2), ...ABOVE_EACH_16],
  ];
  if (below === 0) return [...above, ...set(sideOf(level, right))];
  return [
    ...[...compare(2 * node + 1, level + 1, false), ...compare(2 * node + 2, level + 1, true)],
    ...[...get(sideOf(level + 1, true)), ...get(sideOf(level + 1, false))],
    ...[...above, ...tee(ABOVE), ...CHOOSE_BITS],
    ...[...get(ABOVE), ...i32(below), ...SHIFT_EACH_16_LEFT, ...ADD_EACH_16],
    ...set(sideOf(level, right)),
  ];
}

const FIRST_WALKED = 2 ** COMPARED_LEVELS - 1;

/** Puts a row where the comparisons have brought it. */
const arrive = (row: number): number[] => [
  ...[...i32(4 * FIRST_WALKED), ...get(sideOf(0, false)), ...numberAt(row), ...i32(2), SHIFT_LEFT, SUBTRACT],
  ...set(nodeOf(row)),
];

/** To the left child, 2 i + 1, or to the one after it where the bin is above the threshold's number. */
const step = (row: number): number[] => [
  ...[...get(NODES), ...get(nodeOf(row)), ADD, ...load32(0), ...tee(WORD)],
  ...[...i32(16), SHIFT_RIGHT_SIGNED],
  ...[...get(WORD), ...i32(0xffff), AND, ...i32(PLACE_SHIFT), SHIFT_LEFT, ...get(ROW), ADD, ...loadSigned16(2 * row)],
  ...[SUBTRACT, ...i32(31), SHIFT_RIGHT, ...i32(2), SHIFT_LEFT],
  ...[...get(nodeOf(row)), ...i32(1), SHIFT_LEFT, ADD, ...i32(4), ADD, ...set(nodeOf(row))],
];

/** Sums are of double precision, or rounded to single precision after each tree, as the model's library does it. */
const addTwoLeaves = (row: number): number[] => [
  ...get(SUM),
  ...[...get(SUM), ...loadVector(8 * row)],
  ...[...get(LEAVES), ...get(nodeOf(row + 1)), ...i32(1), SHIFT_LEFT, ADD],
  ...[...get(LEAVES), ...get(nodeOf(row)), ...i32(1), SHIFT_LEFT, ADD, ...loadFirstDouble(0), ...loadSecondDouble(0)],
  ...[...ADD_EACH_DOUBLE, ...set(TWO_SUMS)],
  ...[...get(SINGLE), ...IF, ...get(TWO_SUMS), ...EACH_TO_SINGLE_AND_BACK, ...set(TWO_SUMS), END],
  ...[...get(TWO_SUMS), ...storeVector(8 * row)],
];

const code: number[] = [
  ...LOOP,
  ...[...get(TREE), ...load32(0), ...set(NODES)],
  ...[...get(TREE), ...load32(4), ...set(LEAVES)],
  ...[...i32(0), ...set(ROW)],
  ...LOOP,
  ...compare(0, 0, false),
  ...rows.flatMap(arrive),
  ...BLOCK,
  ...[...get(TREE), ...load32(8), ...tee(LEVEL), IS_ZERO, ...BRANCH_IF],
  ...LOOP,
  ...rows.flatMap(step),
  ...[...get(LEVEL), ...i32(1), SUBTRACT, ...tee(LEVEL), ...BRANCH_IF, END],
  END,
  ...[...get(TREE), ...load32(12), ...set(LIST)],
  ...LOOP,
  // Four doubles' bytes for each of a row's two.
  ...[...get(LIST), ...load32(0), ...get(ROW), ...i32(2), SHIFT_LEFT, ADD, ...set(SUM)],
  ...rows.filter((row) => row % 2 === 0).flatMap(addTwoLeaves),
  ...[...get(LIST), ...i32(4), ADD, ...tee(LIST), ...get(TREE), ...load32(16), BELOW, ...BRANCH_IF, END],
  ...next(ROW, 2 * TOGETHER, ROWS_END),
  ...next(TREE, ENTRY_BYTES, TREES_END),
  END,
];

let compiled: object | null = null;

const isWalk = (value: unknown): value is Walk => typeof value === 'function';

export function walkIn(memory: Memory): Walk {
  const { Module, Instance } = webAssembly();
  compiled ??= new Module(
    moduleOf({
      name: 'walk',
      parameters: 4,
      words: WORDS,
      vectors: VECTORS,
      code,
    }),
  );
  const { walk } = new Instance(compiled, { env: { memory } }).exports;
  if (!isWalk(walk)) throw new Error('the module has no function "walk"');
  return walk;
}
