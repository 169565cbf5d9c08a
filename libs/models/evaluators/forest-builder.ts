import { ModelFormatError } from './evaluator.js';
import {
  CATEGORY_SET,
  COLUMN_MASK,
  type Forest,
  type Link,
  MISSING_LEFT,
  WORDS_PER_NODE,
  ZERO_IS_MISSING,
} from './forest.js';
import { keyOf } from './walks/ordered-keys.js';

/** One split as the file formats describe it; children and leaves are numbered within the tree. */
export type Split =
  | {
      readonly kind: 'numeric';
      readonly column: number;
      /** Goes left if value < threshold. A float32. */
      readonly threshold: number;
      readonly missingLeft: boolean;
      /** Values within ±1e-35 count as missing. */
      readonly zeroIsMissing: boolean;
      readonly left: number;
      readonly right: number;
      readonly cover: number;
    }
  | {
      readonly kind: 'category';
      readonly column: number;
      /** Goes left if the value, cut to an integer, is in the set. */
      readonly set: Uint32Array;
      readonly missingLeft: boolean;
      readonly left: number;
      readonly right: number;
      readonly cover: number;
    };

/** A parsed tree: a child ≥ 0 is a split, below 0 the leaf ~child. */
export interface Tree {
  readonly group: number;
  readonly root: number;
  /** How many splits there can be at most: their numbers are below. */
  readonly splits: number;
  split(index: number): Split;
  leaf(index: number): { readonly value: number; readonly cover: number };
}

export interface ForestShape {
  readonly width: number;
  readonly classes: number;
  readonly base: readonly number[];
  readonly divisor: number;
  readonly single: boolean;
  readonly cutsBelowZero: boolean;
  readonly link: Link;
}

/** Deeper than libraries grow trees, and what an explanation, which goes down by calling itself, has stack for. */
const MOST_LEVELS = 1000;
/** 32 categories each: 256 MiB of sets, a hundred times what models of real categories have. */
const MOST_SET_WORDS = 2 ** 26;

/** Grows typed arrays while trees are added, left children first, so that a walk mostly moves forward in memory. */
export class ForestBuilder {
  private nodes = new Int32Array(WORDS_PER_NODE * 1024);
  private thresholds = new Float32Array(this.nodes.buffer);
  private nodeCover = new Float32Array(1024);
  private leaves = new Float64Array(1024);
  private leafCover = new Float32Array(1024);
  private nodeCount = 0;
  private leafCount = 0;
  private readonly roots: number[] = [];
  private readonly groups: number[] = [];
  private sets = new Uint32Array(64);
  private setWords = 0;
  private plain = true;

  /** Throws ModelFormatError for more columns than a node has bits for. */
  constructor(private readonly shape: ForestShape) {
    if (shape.width > COLUMN_MASK)
      throw new ModelFormatError(
        `the model has ${shape.width} columns, more than the ${COLUMN_MASK} that can be served`,
      );
  }

  /** Adds a tree. Throws ModelFormatError for a column, child or circle that cannot be. */
  add(tree: Tree, name: string): void {
    if (!(tree.group >= 0 && tree.group < this.shape.base.length))
      throw new ModelFormatError(
        `${name}: belongs to output ${tree.group}, expected 0 to ${this.shape.base.length - 1}`,
      );
    this.groups.push(tree.group);
    const seen = new Uint8Array(tree.splits);
    const seenLeaves = new Set<number>();
    // An explicit stack: trees may be deep.
    const stack: { child: number; slot: number; level: number }[] = [{ child: tree.root, slot: -1, level: 0 }];
    for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
      const { child, slot, level } = item;
      if (level > MOST_LEVELS) throw new ModelFormatError(`${name}: is more than ${MOST_LEVELS} levels deep`);
      let placed: number;
      if (child < 0) {
        if (seenLeaves.has(child)) throw new ModelFormatError(`${name}: two splits lead to leaf ${~child}`);
        seenLeaves.add(child);
        placed = ~this.addLeaf(tree.leaf(~child), name);
      } else {
        const split = tree.split(child);
        if (seen[child] === 1)
          throw new ModelFormatError(
            `${name}: its nodes form a circle or share a branch, as two of them lead to split ${child}`,
          );
        seen[child] = 1;
        placed = this.addSplit(split, name);
        stack.push({ child: split.right, slot: placed * WORDS_PER_NODE + 3, level: level + 1 });
        stack.push({ child: split.left, slot: placed * WORDS_PER_NODE + 2, level: level + 1 });
      }
      if (slot < 0) this.roots.push(placed);
      else this.nodes[slot] = placed;
    }
  }

  finish(): Forest {
    return {
      width: this.shape.width,
      classes: this.shape.classes,
      groups: this.shape.base.length,
      nodes: this.plain ? this.plainNodes() : this.nodes.slice(0, this.nodeCount * WORDS_PER_NODE),
      leaves: this.leaves.slice(0, this.leafCount),
      nodeCover: this.nodeCover.slice(0, this.nodeCount),
      leafCover: this.leafCover.slice(0, this.leafCount),
      roots: Int32Array.from(this.roots),
      treeGroups: Int32Array.from(this.groups),
      sets: this.sets.slice(0, this.setWords),
      base: Float64Array.from(this.shape.base),
      divisor: this.shape.divisor,
      single: this.shape.single,
      cutsBelowZero: this.shape.cutsBelowZero,
      plain: this.plain,
      link: this.shape.link,
    };
  }

  private plainNodes(): Int32Array<ArrayBuffer> {
    const nodes = this.nodes.slice(0, this.nodeCount * WORDS_PER_NODE);
    for (let at = 0; at < nodes.length; at += WORDS_PER_NODE) {
      const word = nodes[at] ?? 0;
      nodes[at] = (word & COLUMN_MASK) + (word & MISSING_LEFT ? this.shape.width : 0);
      nodes[at + 1] = keyOf(this.thresholds[at + 1] ?? 0);
    }
    return nodes;
  }

  private addLeaf(leaf: { value: number; cover: number }, name: string): number {
    if (!Number.isFinite(leaf.value)) throw new ModelFormatError(`${name}: has a leaf of ${leaf.value}`);
    if (this.leafCount === this.leaves.length) {
      this.leaves = grown(this.leaves, (n) => new Float64Array(n));
      this.leafCover = grown(this.leafCover, (n) => new Float32Array(n));
    }
    this.leaves[this.leafCount] = leaf.value;
    this.leafCover[this.leafCount] = leaf.cover;
    return this.leafCount++;
  }

  private addSplit(split: Split, name: string): number {
    if (!(Number.isInteger(split.column) && split.column >= 0 && split.column < this.shape.width))
      throw new ModelFormatError(`${name}: splits on column ${split.column}, expected 0 to ${this.shape.width - 1}`);
    if (this.nodeCount === this.nodeCover.length) {
      this.nodes = grown(this.nodes, (n) => new Int32Array(n));
      this.thresholds = new Float32Array(this.nodes.buffer);
      this.nodeCover = grown(this.nodeCover, (n) => new Float32Array(n));
    }
    const at = this.nodeCount * WORDS_PER_NODE;
    let word = split.column;
    if (split.missingLeft) word |= MISSING_LEFT;
    if (split.kind === 'category') {
      word |= CATEGORY_SET;
      this.plain = false;
      this.nodes[at + 1] = this.addSet(split.set, name);
    } else {
      if (split.zeroIsMissing) {
        word |= ZERO_IS_MISSING;
        this.plain = false;
      }
      if (Number.isNaN(split.threshold))
        throw new ModelFormatError(`${name}: compares column ${split.column} with NaN`);
      this.thresholds[at + 1] = split.threshold;
    }
    this.nodes[at] = word;
    this.nodeCover[this.nodeCount] = split.cover;
    return this.nodeCount++;
  }

  /** Where the set is put. */
  private addSet(set: Uint32Array, name: string): number {
    const at = this.setWords;
    this.setWords += set.length + 1;
    if (this.setWords > MOST_SET_WORDS)
      throw new ModelFormatError(
        `${name}: the category sets of the model take more than ${MOST_SET_WORDS / 2 ** 18} MiB`,
      );
    while (this.setWords > this.sets.length) this.sets = grown(this.sets, (n) => new Uint32Array(n));
    this.sets[at] = set.length;
    this.sets.set(set, at + 1);
    return at;
  }
}

type Growing =
  | Int32Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;

function grown<A extends Growing>(old: A, create: (length: number) => A): A {
  const bigger = create(old.length * 2);
  bigger.set(old);
  return bigger;
}
