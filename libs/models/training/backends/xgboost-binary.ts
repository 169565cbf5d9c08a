import type { TreesFile } from '../../package/trees-json.js';

/** A tree of the old binary format, and the gain of each of its splits. */
export interface BinaryTree {
  readonly tree: TreesFile['trees'][number];
  readonly gain: readonly number[];
}

/** What the binary format of XGBoost before 1.0 holds. */
export interface BinaryModel {
  readonly width: number;
  /** Where each sum starts, as a margin. */
  readonly base: number;
  /** One sum for two classes, else one per class. */
  readonly groups: number;
  readonly trees: readonly BinaryTree[];
}

/** Bytes of the structures that XGBoost 0.7 writes as they are in memory (src/learner.cc, gbtree_model.h, tree_model.h). */
const LEARNER_PARAM = 136;
const GBTREE_PARAM = 160;
const TREE_PARAM = 148;
const NODE = 20;
const NODE_STAT = 16;
/** Bit of a node's column that says where missing values go. */
const DEFAULT_LEFT = 0x8000_0000;

/**
 * Reads the binary model that `ml-xgboost` saves: learner parameters, the names of objective and booster, booster
 * parameters, each tree with its nodes and their statistics, and the class of each tree. Throws RangeError where it ends early.
 */
export function readXgboostBinary(bytes: Uint8Array): BinaryModel {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const base = view.getFloat32(0, true);
  const width = view.getUint32(4, true);
  let at = LEARNER_PARAM;
  for (const _name of ['objective', 'booster']) at += 8 + Number(view.getBigUint64(at, true));
  const count = view.getInt32(at, true);
  const groups = view.getInt32(at + 24, true);
  at += GBTREE_PARAM;
  const trees: BinaryTree[] = [];
  for (let i = 0; i < count; i++) {
    const nodes = view.getInt32(at + 4, true);
    at += TREE_PARAM;
    trees.push(readTree(view, at, nodes));
    at += nodes * (NODE + NODE_STAT);
  }
  return {
    width,
    base,
    groups,
    trees: trees.map(({ tree, gain }, i) => ({ tree: { ...tree, group: view.getInt32(at + i * 4, true) }, gain })),
  };
}

/** Only what can be reached from the root: pruned nodes stay in the file. */
function readTree(view: DataView, at: number, nodes: number): BinaryTree {
  const tree: TreesFile['trees'][number] = {
    group: 0,
    column: [],
    threshold: [],
    missing_left: [],
    left: [],
    right: [],
    leaves: [],
  };
  const gain: number[] = [];
  const add = (node: number): number => {
    const from = at + node * NODE;
    const left = view.getInt32(from + 4, true);
    const value = view.getFloat32(from + 16, true);
    if (left < 0) return ~(tree.leaves.push(value) - 1);
    const index = tree.column.length;
    const packed = view.getUint32(from + 12, true);
    tree.column.push(packed & ~DEFAULT_LEFT);
    tree.threshold.push(value);
    tree.missing_left.push(packed >= DEFAULT_LEFT ? 1 : 0);
    tree.left.push(0);
    tree.right.push(0);
    gain.push(view.getFloat32(at + nodes * NODE + node * NODE_STAT, true));
    tree.left[index] = add(left);
    tree.right[index] = add(view.getInt32(from + 8, true));
    return index;
  };
  add(0);
  return { tree, gain };
}
