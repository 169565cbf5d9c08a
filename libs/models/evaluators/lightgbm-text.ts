import { ModelFormatError } from './evaluator.js';
import { float32Above } from './float32.js';
import type { Forest, Link } from './forest.js';
import { ForestBuilder, type Split, type Tree } from './forest-builder.js';

/** Bits of LightGBM's decision_type. */
const CATEGORICAL = 1;
const DEFAULT_LEFT = 2;
const MISSING_ZERO = 1;
const MISSING_NAN = 2;

/** Reads the bytes of a model that LightGBM saved as text (`save_model('model.txt')`, format v2 to v4). */
export function parseLightgbmText(bytes: Uint8Array): Forest {
  const sections = sectionsOf(new TextDecoder('utf-8').decode(bytes));
  const [header, ...trees] = sections;
  if (header === undefined || !header.flags.has('tree'))
    throw new ModelFormatError('not a LightGBM text model: expected "tree" in its first line');
  const perIteration = numberOf(header, 'num_tree_per_iteration');
  const outputs = outputsOf(header, perIteration);
  if (trees.length % perIteration !== 0)
    throw new ModelFormatError(
      `the file holds ${trees.length} trees, expected a multiple of ${perIteration}; it may be cut off`,
    );
  const builder = new ForestBuilder({
    width: numberOf(header, 'max_feature_idx') + 1,
    divisor: header.flags.has('average_output') ? Math.max(1, trees.length / perIteration) : 1,
    single: false,
    ...outputs,
  });
  trees.forEach((section, i) => {
    builder.add(lightgbmTree(section, i % perIteration), section.name);
  });
  return builder.finish();
}

/** Lines of `key=value`, and lines with neither, which are flags. */
export interface Section {
  readonly name: string;
  readonly values: ReadonlyMap<string, string>;
  readonly flags: ReadonlySet<string>;
}

/** The header and the trees of a model's text. Throws ModelFormatError where it is cut off. */
export function sectionsOf(text: string): Section[] {
  let values = new Map<string, string>();
  let flags = new Set<string>();
  const sections: Section[] = [{ name: 'header', values, flags }];
  let ended = false;
  for (const raw of text.split('\n')) {
    const line = raw.trimEnd();
    if (line === 'end of trees') {
      ended = true;
      break;
    }
    const equals = line.indexOf('=');
    if (equals < 0) {
      if (line !== '') flags.add(line);
      continue;
    }
    const key = line.slice(0, equals);
    if (key === 'Tree') {
      values = new Map();
      flags = new Set();
      sections.push({ name: line, values, flags });
    } else values.set(key, line.slice(equals + 1));
  }
  if (!ended) throw new ModelFormatError('not a whole LightGBM text model: "end of trees" is missing');
  return sections;
}

function outputsOf(header: Section, perIteration: number): { classes: number; base: number[]; link: Link } {
  const [name, ...options] = (header.values.get('objective') ?? '').split(' ');
  const option = (key: string, fallback: number): number => {
    const text = options.find((o) => o.startsWith(`${key}:`));
    return text === undefined ? fallback : Number(text.slice(key.length + 1));
  };
  const base = Array.from({ length: perIteration }, () => 0);
  switch (name) {
    case 'binary':
      return { classes: 2, base, link: { kind: 'sigmoid', scale: option('sigmoid', 1) } };
    case 'cross_entropy':
      return { classes: 2, base, link: { kind: 'sigmoid', scale: 1 } };
    case 'multiclass':
      return { classes: perIteration, base, link: { kind: 'softmax' } };
    case 'multiclassova':
      return { classes: perIteration, base, link: { kind: 'sigmoid-each', scale: option('sigmoid', 1) } };
    default:
      throw new ModelFormatError(
        `objective "${name}" does not give class probabilities; expected binary, multiclass, multiclassova or cross_entropy`,
      );
  }
}

function lightgbmTree(section: Section, group: number): Tree {
  if (section.values.get('is_linear') === '1')
    throw new ModelFormatError(`${section.name}: its leaves are linear models; train with linear_tree=false instead`);
  const leafCount = numberOf(section, 'num_leaves');
  const leaves = numbersOf(section, 'leaf_value', leafCount);
  const leafCover = optionalNumbers(section, 'leaf_count', leafCount);
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
  const cover = optionalNumbers(section, 'internal_count', splits);
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
      const common = {
        column: columns[node] ?? -1,
        left: left[node] ?? 0,
        right: right[node] ?? 0,
        cover: cover[node] ?? 0,
      };
      // A missing category is in no set.
      if (decision & CATEGORICAL) return { kind: 'category', set: setOf(threshold), missingLeft: false, ...common };
      const missing = (decision >> 2) & 3;
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
      return { ...common, kind: 'numeric', threshold: float32Above(threshold), missingLeft, zeroIsMissing };
    },
  };
}

/** Index in the threshold column → bit set of the categories that go left. */
function categorySets(section: Section): (threshold: number) => Uint32Array {
  const count = section.values.has('num_cat') ? numberOf(section, 'num_cat') : 0;
  if (count === 0)
    return (index) => {
      throw new ModelFormatError(`${section.name}: splits on category set ${index} but holds none`);
    };
  const boundaries = numbersOf(section, 'cat_boundaries', count + 1);
  const words = numbersOf(section, 'cat_threshold', boundaries[count] ?? 0);
  return (index) => {
    const start = boundaries[index];
    const end = boundaries[index + 1];
    if (start === undefined || end === undefined)
      throw new ModelFormatError(`${section.name}: names category set ${index} of ${count}`);
    return Uint32Array.from(words.slice(start, end));
  };
}

function numberOf(section: Section, key: string): number {
  const text = section.values.get(key);
  const value = Number(text);
  if (text === undefined || text.trim() === '' || !Number.isInteger(value))
    throw new ModelFormatError(
      `${section.name}: ${key} is ${text === undefined ? 'missing' : `"${text}"`}, expected a whole number`,
    );
  return value;
}

function numbersOf(section: Section, key: string, length: number): number[] {
  const text = section.values.get(key)?.trim() ?? '';
  const values = text === '' ? [] : text.split(' ').map(readNumber);
  if (values.length !== length || values.some((value) => Number.isNaN(value)))
    throw new ModelFormatError(`${section.name}: expected ${length} numbers in ${key}, got ${values.length}`);
  return values;
}

const optionalNumbers = (section: Section, key: string, length: number): number[] =>
  section.values.has(key) ? numbersOf(section, key, length) : [];

/** C++ writes infinities as "inf". */
function readNumber(text: string): number {
  if (text === 'inf') return Number.POSITIVE_INFINITY;
  if (text === '-inf') return Number.NEGATIVE_INFINITY;
  return text === '' ? Number.NaN : Number(text);
}
