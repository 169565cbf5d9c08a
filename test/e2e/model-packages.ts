import { ModelDefinition } from '#contracts/model-definition';
import type { Golden, Manifest, RawRow } from '#contracts/model-package';
import { matrixColumns } from '#domain/encoding/columns';
import { compileEncoder } from '#domain/encoding/encoder';
import { loadEvaluator } from '#models/evaluators/load';
import type { TreesFile } from '#models/package/trees-json';

const ACTIONS = ['comment', 'forum'];

/** How much a version prefers an action; gives versions that can be told apart by their answers. */
export interface SampleModel {
  readonly model?: string;
  /** Log-odds of success of `comment` and `forum`. */
  readonly odds: readonly [number, number];
  /** Further trees that add nothing, for a package of some size. */
  readonly padding?: number;
  readonly fallback?: 'abstain';
}

/** The files of a small package with one numeric feature, `da`, and two actions. */
export function samplePackage({
  model = 'backlink-outcome',
  odds,
  padding = 0,
  fallback,
}: SampleModel): Map<string, Buffer> {
  const definition = ModelDefinition.parse({
    name: model,
    kind: 'action-outcome',
    actions: ACTIONS,
    features: [{ name: 'da', kind: 'numeric' }],
    backend: 'ml-xgboost',
    fallback,
  });
  const encoders: Manifest['encoders'] = [
    { feature: 'da', source: { from: 'field', field: 'da' }, encoding: 'numeric', fill: null, indicator: false },
  ];
  const columns = matrixColumns(definition, encoders);
  const manifest: Manifest = {
    format_version: 1,
    definition,
    backend: 'ml-xgboost',
    model: { format: 'trees-json', file: 'model.trees.json' },
    classes: ['failed', 'success'],
    encoders,
    columns,
    training_stats: {
      train_accuracy: 1,
      val_accuracy: 1,
      n_features: 1,
      n_train: 1,
      n_validation: 1,
      n_test: 1,
      rounds: 2,
      class_counts: { failed: 1, success: 1 },
    },
    snapshot: { hash: `sha256:${'0'.repeat(64)}`, rows: 3, watermark: '2026-01-04T09:12:31.118Z' },
    importance: Object.fromEntries(columns.map((column) => [column, 1 / columns.length])),
    library: { name: 'by hand', version: '1' },
    seed: 1,
    threads: 1,
    warnings: [],
  };
  const tree = (column: number, threshold: number, leaves: [number, number]): TreesFile['trees'][number] => ({
    group: 0,
    column: [column],
    threshold: [threshold],
    missing_left: [1],
    left: [-1],
    right: [-2],
    leaves,
  });
  const trees: TreesFile = {
    format: 'ratchet-trees',
    format_version: 1,
    width: columns.length,
    classes: 2,
    base: [0],
    divisor: 1,
    link: { kind: 'sigmoid', scale: 1 },
    precision: 'float64',
    trees: [
      tree(1, 0.5, [odds[1], odds[0]]),
      tree(0, 50, [0, 0.25]),
      ...Array.from({ length: padding }, (_, i) => tree(0, i, [0, 0])),
    ],
  };
  const files = new Map([
    ['manifest.json', json(manifest)],
    ['model.trees.json', json(trees)],
  ]);
  return files.set('golden.json', json(goldenOf(manifest, files)));
}

/** Adds to every probability, so that the package is well formed but does not give what it promises. */
export function withWrongGolden(files: ReadonlyMap<string, Buffer>): Map<string, Buffer> {
  const golden: Golden = JSON.parse(String(files.get('golden.json')));
  for (const one of golden.cases) one.probabilities = one.probabilities.map((p) => p + 0.01);
  return new Map(files).set('golden.json', json(golden));
}

function goldenOf(manifest: Manifest, files: ReadonlyMap<string, Buffer>): Golden {
  const encoder = compileEncoder(manifest);
  const evaluator = loadEvaluator(manifest, files);
  const inputs: RawRow[] = [{ da: 10 }, { da: 90 }, {}];
  const cases = inputs.flatMap((input) =>
    ACTIONS.map((action) => {
      const row = new Float32Array(encoder.width);
      const out = new Float64Array(2);
      encoder.encode(input, row, 0);
      encoder.encodeAction(action, row, 0);
      evaluator.predictRow(row, 0, out);
      return { input, action, row: Array.from(row, (v) => (Number.isNaN(v) ? null : v)), probabilities: [...out] };
    }),
  );
  return { tolerance: 1e-6, cases };
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
