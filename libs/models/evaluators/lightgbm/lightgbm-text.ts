import { ModelFormatError } from '../evaluator.js';
import type { Forest, Link } from '../forest.js';
import { ForestBuilder } from '../forest-builder.js';
import type { ModelReading, ReadOptions } from '../reading/model-reading.js';
import { requireSinglePrecision } from '../reading/single-precision.js';
import { lightgbmCategories } from './lightgbm-categories.js';
import { type Section, sectionsOf } from './lightgbm-sections.js';
import { lightgbmTree, numberOf } from './lightgbm-tree.js';

/** What `GBDT::SaveModelToString` writes in front of the trees (src/boosting/gbdt_model_text.cpp). */
const KEYS: ReadonlySet<string> = new Set([
  'version',
  'num_class',
  'num_tree_per_iteration',
  'label_index',
  'max_feature_idx',
  'objective',
  'feature_names',
  'monotone_constraints',
  'feature_infos',
  'tree_sizes',
]);
const FLAGS: ReadonlySet<string> = new Set(['tree', 'average_output']);
const VERSIONS: ReadonlySet<string> = new Set(['v2', 'v3', 'v4']);

/** What LightGBM calls columns that were given no names. */
const NAMELESS = /^Column_\d+$/;

/** Reads the bytes of a model that LightGBM saved as text (`save_model('model.txt')`, format v2 to v4). */
export function parseLightgbmText(bytes: Uint8Array): Forest {
  return readLightgbm(bytes).forest;
}

/** Reads the bytes of a text model. Throws ModelFormatError for what cannot be evaluated exactly. */
export function readLightgbm(bytes: Uint8Array, options: ReadOptions = {}): ModelReading {
  const { header, trees, pandasCategorical } = sectionsOf(bytes);
  requireHeader(header);
  if (trees.length === 0) throw new ModelFormatError('the file holds no trees; a model without trees predicts nothing');
  const perRound = numberOf(header, 'num_tree_per_iteration');
  // Every class has a tree a round; so there cannot be more of them.
  if (perRound < 1 || trees.length % perRound !== 0)
    throw new ModelFormatError(
      `the file holds ${trees.length} trees, expected a multiple of num_tree_per_iteration, ${perRound}; it may be cut off`,
    );
  const outputs = outputsOf(header, perRound);
  const width = numberOf(header, 'max_feature_idx') + 1;
  const names = listOf(header, 'feature_names', width);
  const infos = listOf(header, 'feature_infos', width);
  const held = trees.length / perRound;
  // The file does not say where training would have stopped: it is saved up to there.
  const used = options.rounds === 'best' ? held : (options.rounds ?? held);
  if (used > held) throw new ModelFormatError(`the file holds ${held} rounds, but ${used} of them are to be used`);
  const builder = new ForestBuilder({
    width,
    divisor: header.flags.has('average_output') ? used : 1,
    single: false,
    cutsBelowZero: true,
    ...outputs,
  });
  const thresholds = new Map<number, Set<number>>();
  for (const [i, section] of trees.slice(0, used * perRound).entries()) {
    const tree = lightgbmTree(section, i % perRound);
    builder.add(tree, section.name);
    collectThresholds(section, thresholds);
  }
  requireSinglePrecision(thresholds, names, infos);
  return {
    forest: builder.finish(),
    columns: names.every((name) => NAMELESS.test(name)) ? null : names,
    categories: lightgbmCategories(pandasCategorical, infos),
    rounds: { held, used, best: null },
    predictsLabels: false,
  };
}

function requireHeader(header: Section): void {
  if (!header.flags.has('tree'))
    throw new ModelFormatError('not a LightGBM text model: expected "tree" in its first line');
  for (const key of header.values.keys())
    if (!KEYS.has(key))
      throw new ModelFormatError(
        `header: has "${key.slice(0, 60)}", which this reader does not know, and which might change what the model predicts`,
      );
  for (const flag of header.flags)
    if (!FLAGS.has(flag)) throw new ModelFormatError(`header: has the line "${flag.slice(0, 60)}", which is unknown`);
  numberOf(header, 'label_index');
  const version = header.values.get('version') ?? '';
  if (!VERSIONS.has(version))
    throw new ModelFormatError(
      `the model has the format "${version.slice(0, 20)}"; this reader knows ${[...VERSIONS].join(', ')}. Load it in LightGBM 4 and save it again`,
    );
}

/** A header value of one word per column. */
function listOf(header: Section, key: string, length: number): string[] {
  const text = header.values.get(key);
  // Read a character a byte, so that places are those in the file.
  const words = text === undefined ? [] : Buffer.from(text, 'latin1').toString('utf8').trim().split(' ');
  if (words.length !== length)
    throw new ModelFormatError(`header: expected ${length} words in ${key}, one per column, got ${words.length}`);
  return words;
}

const OPTIONS: Record<string, readonly string[]> = {
  binary: ['sigmoid'],
  cross_entropy: [],
  multiclass: ['num_class'],
  multiclassova: ['num_class', 'sigmoid'],
};

function outputsOf(header: Section, perRound: number): { classes: number; base: number[]; link: Link } {
  const [name = '', ...words] = (header.values.get('objective') ?? '').trim().split(' ');
  const known = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
  if (known === undefined)
    throw new ModelFormatError(
      name === '' || name === 'custom'
        ? 'the file names no objective, so that nothing says how its sums become probabilities; train with binary, multiclass, multiclassova or cross_entropy'
        : `objective "${name.slice(0, 60)}" does not give class probabilities; expected binary, multiclass, multiclassova or cross_entropy`,
    );
  const options = new Map(
    words.map((word) => word.split(':', 2)).map(([key = '', value = '']) => [key, Number(value)]),
  );
  for (const [key, value] of options)
    if (!known.includes(key) || !(value > 0))
      throw new ModelFormatError(
        `header: objective ${name} has the option "${key}:${value}", which this reader does not know`,
      );
  const multi = known.includes('num_class');
  const classes = multi ? perRound : 1;
  for (const said of [numberOf(header, 'num_class'), ...(multi ? [options.get('num_class')] : [])])
    if (said !== classes || perRound !== classes || (multi && classes < 2))
      throw new ModelFormatError(
        `header: num_class is ${said} and num_tree_per_iteration ${perRound}, which does not fit the objective ${name}`,
      );
  const base = Array.from({ length: classes }, () => 0);
  const scale = options.get('sigmoid') ?? 1;
  if (!multi) return { classes: 2, base, link: { kind: 'sigmoid', scale } };
  return { classes, base, link: name === 'multiclass' ? { kind: 'softmax' } : { kind: 'sigmoid-each', scale } };
}

/** Adds the thresholds of a tree's numeric splits, by their columns. */
function collectThresholds({ values }: Section, found: Map<number, Set<number>>): void {
  const wordsOf = (key: string): number[] => (values.get(key)?.trim() ?? '').split(' ').map(Number);
  const columns = wordsOf('split_feature');
  const decisions = wordsOf('decision_type');
  for (const [node, threshold] of wordsOf('threshold').entries()) {
    if (((decisions[node] ?? 1) & 1) === 1) continue;
    const column = columns[node] ?? -1;
    const seen = found.get(column) ?? new Set<number>();
    found.set(column, seen.add(threshold));
  }
}
