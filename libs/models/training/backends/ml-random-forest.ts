import { RandomForestClassifier } from 'ml-random-forest';
import { z } from 'zod';
import { canonicalJson } from '#domain/audit/canonical-json';
import type { Matrix } from '../../native/matrix.js';
import type { TreesFile } from '../../package/trees-json.js';
import { TrainingFailure } from '../process/failure.js';
import type { BackendProgram, TrainedModel, TrainingBackend, TrainingTask } from './backend.js';
import { type Limit, PORTABLE_MODEL, portableWarning, requireSmall, understood } from './portable-limits.js';

const NAME = 'ml-random-forest';
const VERSION = '2.1.0';
const LIMIT: Limit = { rows: 2_000, cells: 200_000, because: 'its time grows with the square of the rows' };

/** Its own names, and those the native random forest goes by. */
const PARAMETERS = new Map([
  ['max_depth', 'maxDepth'],
  ['maxDepth', 'maxDepth'],
  ['minNumSamples', 'minNumSamples'],
  ['gainThreshold', 'gainThreshold'],
  ['maxFeatures', 'maxFeatures'],
]);

/** Stands in for a missing value, which the library cannot sort: above every other, so it goes right at every split. */
const MISSING = 3.4028234663852886e38;

type Distribution = { to1DArray(): number[] };
type Classify = (row: readonly number[]) => Distribution;

/** A split, or a leaf with the share of each class that reached it; classes after the last present one are left out. */
type Node = { column: number; threshold: number; gain: number; rows: number; left: Node; right: Node } | number[];

const Leaf = z.object({ distribution: z.tuple([z.array(z.number())]) });
const Split = z.object({
  splitColumn: z.int(),
  splitValue: z.number(),
  gain: z.number(),
  numberSamples: z.int(),
  left: z.unknown(),
  right: z.unknown(),
});
const Estimator = z.object({ root: z.custom<{ classify: Classify }>(hasClassify) });
const Trained = z.object({ indexes: z.tuple([z.array(z.int())]), estimators: z.tuple([Estimator]) });

function hasClassify(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'classify' in value && typeof value.classify === 'function';
}

/** One tree as the library holds it, and the columns it was given. */
interface Grown {
  readonly classify: Classify;
  readonly columns: readonly number[];
  readonly root: Node;
}

/** Random forest in plain JavaScript, for small data on a machine without native libraries. Blocks while a tree grows. */
export class MlRandomForestBackend implements TrainingBackend {
  async train(task: TrainingTask): Promise<TrainedModel> {
    requireSmall(NAME, LIMIT, task);
    const { parameters, warnings } = understood(NAME, task.parameters, PARAMETERS);
    if (task.weights) warnings.push(`${NAME} has no weights, so class_weights was not taken into account.`);
    const rows = rowsOf(task.train.matrix);
    const labels = Array.from(task.train.labels);
    const trees: Grown[] = [];
    for (let i = 0; i < task.rounds; i++) {
      trees.push(grow(rows, labels, parameters, task.seed + i));
      await task.onRound(i + 1, null);
    }
    const probabilities = (data: Matrix): Float64Array => averageOf(trees, data, task.classes);
    return {
      model: PORTABLE_MODEL,
      file: Buffer.from(`${canonicalJson(treesFile(trees, task))}\n`),
      library: { name: NAME, version: VERSION },
      rounds: task.rounds,
      parameters: new Map([...parameters, ['nEstimators', String(task.rounds)], ['seed', String(task.seed)]]),
      gain: gainOf(trees, task.train.matrix.columns),
      warnings: [portableWarning(NAME), ...warnings],
      probabilities,
      probabilitiesOf: (part) => {
        const labelled = part === 'train' ? task.train : task.validation;
        return labelled ? probabilities(labelled.matrix) : new Float64Array();
      },
      free: () => undefined,
    };
  }
}

export const ML_RANDOM_FOREST: BackendProgram = {
  open: { portable: () => new MlRandomForestBackend() },
  sharesParameters: false,
  searchSpace: {
    maxDepth: { from: 4, to: 20, scale: 'even', whole: true, aliases: ['max_depth'] },
    minNumSamples: { from: 2, to: 12, scale: 'even', whole: true },
    gainThreshold: { from: 0.001, to: 0.05, scale: 'log' },
  },
};

/** One forest of one tree at a time, so that progress can be told between them. */
function grow(rows: number[][], labels: number[], parameters: ReadonlyMap<string, string>, seed: number): Grown {
  const number = (name: string): Record<string, number> => {
    const value = parameters.get(name);
    if (value === undefined) return {};
    if (!Number.isFinite(Number(value)))
      throw new TrainingFailure('train', `hyper_parameters.${name} is "${value}".`, 'Give a number.');
    return { [name]: Number(value) };
  };
  const forest = new RandomForestClassifier({
    nEstimators: 1,
    seed: seed | 0,
    noOOB: true,
    ...number('maxFeatures'),
    treeOptions: { ...number('maxDepth'), ...number('minNumSamples'), ...number('gainThreshold') },
  });
  forest.train(rows, labels);
  const trained = Trained.parse({ indexes: forest.indexes, estimators: forest.estimators });
  const [{ root }] = trained.estimators;
  const [columns] = trained.indexes;
  return { classify: (row) => root.classify(row), columns, root: nodeOf(JSON.parse(JSON.stringify(root))) };
}

function nodeOf(value: unknown): Node {
  const leaf = Leaf.safeParse(value);
  if (leaf.success) return leaf.data.distribution[0];
  const { splitColumn: column, splitValue: threshold, gain, numberSamples: rows, left, right } = Split.parse(value);
  return { column, threshold, gain, rows, left: nodeOf(left), right: nodeOf(right) };
}

function rowsOf({ rows, columns, values }: Matrix): number[][] {
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => known(values[row * columns + column])),
  );
}

const known = (value: number | undefined): number => (value === undefined || Number.isNaN(value) ? MISSING : value);

/** Mean of what the library's trees say, class by class. */
function averageOf(trees: readonly Grown[], data: Matrix, classes: number): Float64Array {
  const out = new Float64Array(data.rows * classes);
  rowsOf(data).forEach((row, r) => {
    for (const { classify, columns } of trees) {
      const said = classify(columns.map((column) => row[column] ?? MISSING)).to1DArray();
      for (let c = 0; c < classes; c++) out[r * classes + c] = (out[r * classes + c] ?? 0) + (said[c] ?? 0);
    }
    for (let c = 0; c < classes; c++) out[r * classes + c] = (out[r * classes + c] ?? 0) / trees.length;
  });
  return out;
}

function treesFile(trees: readonly Grown[], { train, classes }: TrainingTask): TreesFile {
  return {
    format: 'ratchet-trees',
    format_version: 1,
    width: train.matrix.columns,
    classes,
    base: new Array<number>(classes).fill(0),
    divisor: trees.length,
    link: { kind: 'identity' },
    precision: 'float64',
    trees: trees.map((tree) => flat(tree, classes)),
  };
}

function flat({ root, columns }: Grown, classes: number): TreesFile['trees'][number] {
  const tree: TreesFile['trees'][number] = {
    group: null,
    column: [],
    threshold: [],
    missing_left: [],
    left: [],
    right: [],
    leaves: [],
  };
  const add = (node: Node): number => {
    if (Array.isArray(node)) {
      const leaf = tree.leaves.length / classes;
      for (let c = 0; c < classes; c++) tree.leaves.push(node[c] ?? 0);
      return ~leaf;
    }
    const index = tree.column.length;
    tree.column.push(columns[node.column] ?? -1);
    tree.threshold.push(node.threshold);
    tree.missing_left.push(0);
    tree.left.push(0);
    tree.right.push(0);
    tree.left[index] = add(node.left);
    tree.right[index] = add(node.right);
    return index;
  };
  add(root);
  return tree;
}

/** Impurity that the splits on a column took away, weighted by the rows they split. */
function gainOf(trees: readonly Grown[], width: number): Float64Array {
  const gain = new Float64Array(width);
  const walk = (node: Node, columns: readonly number[]): void => {
    if (Array.isArray(node)) return;
    const column = columns[node.column] ?? -1;
    gain[column] = (gain[column] ?? 0) + node.gain * node.rows;
    walk(node.left, columns);
    walk(node.right, columns);
  };
  for (const { root, columns } of trees) walk(root, columns);
  return gain;
}
