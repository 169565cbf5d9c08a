import { ModelFormatError } from '../evaluator.js';
import type { Split, Tree } from '../forest-builder.js';
import { boundaryOf } from '../reading/float32.js';
import type { Section } from './lightgbm-sections.js';

/** Bits of LightGBM's decision_type. */
const CATEGORICAL = 1;
const DEFAULT_LEFT = 2;
const MISSING_ZERO = 1;
const MISSING_NAN = 2;

/** What `Tree::ToString` writes (src/io/tree.cpp), 2.3 to 4.7. */
const KEYS: ReadonlySet<string> = new Set([
  'num_leaves',
  'num_cat',
  'split_feature',
  'split_gain',
  'threshold',
  'decision_type',
  'left_child',
  'right_child',
  'leaf_value',
  'leaf_weight',
  'leaf_count',
  'internal_value',
  'internal_weight',
  'internal_count',
  'cat_boundaries',
  'cat_threshold',
  'is_linear',
  'shrinkage',
]);
const LINEAR_KEYS: ReadonlySet<string> = new Set(['leaf_const', 'num_features', 'leaf_features', 'leaf_coeff']);

/** One tree. Throws ModelFormatError where it cannot be evaluated exactly. */
export function lightgbmTree(section: Section, group: number): Tree {
  requireKeys(section);
  const leafCount = numberOf(section, 'num_leaves');
  if (section.values.has('shrinkage')) numbersOf(section, 'shrinkage', 1);
  const leaves = numbersOf(section, 'leaf_value', leafCount);
  const leafCover = statistics(section, 'leaf_count', leafCount);
  statistics(section, 'leaf_weight', leafCount);
  const leaf = (index: number) => {
    const value = leaves[index];
    if (value === undefined) throw new ModelFormatError(`${section.name}: names leaf ${index} of ${leafCount}`);
    return { value, cover: leafCover[index] ?? 0 };
  };
  const splits = leafCount - 1;
  if (splits === 0)
    return {
      group,
      root: ~0,
      splits,
      leaf,
      split: () => {
        throw new ModelFormatError(`${section.name}: a single leaf has no splits`);
      },
    };
  const columns = numbersOf(section, 'split_feature', splits);
  const thresholds = numbersOf(section, 'threshold', splits);
  const decisions = numbersOf(section, 'decision_type', splits);
  const left = numbersOf(section, 'left_child', splits);
  const right = numbersOf(section, 'right_child', splits);
  const cover = statistics(section, 'internal_count', splits);
  for (const key of ['split_gain', 'internal_value', 'internal_weight']) statistics(section, key, splits);
  const setOf = categorySets(section);
  return {
    group,
    root: 0,
    splits,
    leaf,
    split: (node): Split => {
      const decision = decisions[node];
      const threshold = thresholds[node];
      if (decision === undefined || threshold === undefined)
        throw new ModelFormatError(`${section.name}: names split ${node} of ${splits}`);
      const missing = (decision >> 2) & 3;
      if (!Number.isInteger(decision) || decision < 0 || decision > 15 || missing === 3)
        throw new ModelFormatError(`${section.name}: split ${node} has the unknown decision_type ${decision}`);
      const common = {
        column: columns[node] ?? -1,
        left: left[node] ?? 0,
        right: right[node] ?? 0,
        cover: cover[node] ?? 0,
      };
      // A missing category is in no set.
      if (decision & CATEGORICAL) return { kind: 'category', set: setOf(threshold), missingLeft: false, ...common };
      const defaultLeft = (decision & DEFAULT_LEFT) !== 0;
      // Where NaN was not seen in training it is read as 0.
      const missingLeft = missing === MISSING_NAN || missing === MISSING_ZERO ? defaultLeft : 0 <= threshold;
      const zeroIsMissing = missing === MISSING_ZERO;
      // Left is value <= threshold here. At ∞ that is every number, so the split asks only whether it is missing: the
      // same as sending every number right of -∞ with the children swapped.
      if (threshold === Number.POSITIVE_INFINITY)
        return {
          ...common,
          kind: 'numeric',
          threshold: Number.NEGATIVE_INFINITY,
          missingLeft: !missingLeft,
          zeroIsMissing,
          left: common.right,
          right: common.left,
        };
      return { ...common, kind: 'numeric', threshold: boundaryOf(threshold), missingLeft, zeroIsMissing };
    },
  };
}

function requireKeys(section: Section): void {
  const linear = section.values.get('is_linear');
  if (linear !== undefined && linear !== '0')
    throw new ModelFormatError(`${section.name}: its leaves are linear models; train with linear_tree=false instead`);
  for (const key of [...section.values.keys(), ...section.flags])
    if (!KEYS.has(key))
      throw new ModelFormatError(
        LINEAR_KEYS.has(key)
          ? `${section.name}: has "${key}", which only trees with linear leaves have, and is_linear does not say so`
          : `${section.name}: has "${key.slice(0, 60)}", which this reader does not know, and which might change what the model predicts`,
      );
}

/** Index in the threshold column → bit set of the categories that go left. */
function categorySets(section: Section): (threshold: number) => Uint32Array {
  const count = numberOf(section, 'num_cat');
  if (count === 0)
    return (index) => {
      throw new ModelFormatError(`${section.name}: splits on category set ${index} but holds none`);
    };
  const boundaries = numbersOf(section, 'cat_boundaries', count + 1);
  const [first, ...ends] = boundaries;
  if (first !== 0 || ends.some((end, i) => !(Number.isInteger(end) && end > (boundaries[i] ?? 0))))
    throw new ModelFormatError(`${section.name}: cat_boundaries do not rise from 0; the file is damaged`);
  const words = numbersOf(section, 'cat_threshold', ends.at(-1) ?? 0);
  if (words.some((word) => !(Number.isInteger(word) && word >= 0 && word < 2 ** 32)))
    throw new ModelFormatError(`${section.name}: cat_threshold has a number that is no 32-bit word`);
  const taken = new Set<number>();
  return (index) => {
    const start = boundaries[index];
    const end = boundaries[index + 1];
    if (start === undefined || end === undefined)
      throw new ModelFormatError(`${section.name}: names category set ${index} of ${count}`);
    if (taken.has(index)) throw new ModelFormatError(`${section.name}: names category set ${index} twice`);
    taken.add(index);
    return Uint32Array.from(words.slice(start, end));
  };
}

/** A whole number that is not below 0. */
export function numberOf(section: Section, key: string): number {
  const text = section.values.get(key)?.trim();
  const value = Number(text);
  if (text === undefined || text === '' || !Number.isInteger(value) || value < 0)
    throw new ModelFormatError(
      `${section.name}: ${key} is ${text === undefined ? 'missing' : `"${text.slice(0, 60)}"`}, expected a whole number`,
    );
  return value;
}

/** What no number of C++ is written with. */
const NOT_A_NUMBER = /[^-+.0-9eEinfa ]/;

function numbersOf(section: Section, key: string, length: number): number[] {
  const text = section.values.get(key)?.trim() ?? '';
  const values = text === '' ? [] : text.split(' ').map(readNumber);
  if (values.length !== length || NOT_A_NUMBER.test(text) || values.some((value) => Number.isNaN(value)))
    throw new ModelFormatError(`${section.name}: expected ${length} numbers in ${key}, got ${values.length}`);
  return values;
}

/**
 * Numbers that only explanations need, and none where they are missing: 4.5 and older leave them out for a single leaf. As
 * many as there should be they are all the same, as the library ends the process otherwise.
 */
function statistics(section: Section, key: string, length: number): number[] {
  const text = section.values.get(key)?.trim() ?? '';
  return text === '' && (length <= 1 || !section.values.has(key)) ? [] : numbersOf(section, key, length);
}

/** C++ writes infinities as "inf". */
function readNumber(text: string): number {
  if (text === 'inf') return Number.POSITIVE_INFINITY;
  if (text === '-inf') return Number.NEGATIVE_INFINITY;
  return text === '' ? Number.NaN : Number(text);
}
