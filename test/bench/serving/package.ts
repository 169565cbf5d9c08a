import { ModelDefinition } from '#contracts/model-definition';
import type { Golden, Manifest } from '#contracts/model-package';
import { matrixColumns } from '#domain/encoding/columns';
import { loadEvaluator } from '#models/evaluators/load';

/** A package around an XGBoost model of two classes whose features are as many numbers, f0, f1, … */
export function packageOf(name: string, model: Buffer, width: number): Map<string, Buffer> {
  const names = Array.from({ length: width }, (_, i) => `f${i}`);
  const definition = ModelDefinition.parse({
    name,
    kind: 'multi-class',
    label: 'label',
    classes: ['no', 'yes'],
    features: names.map((feature) => ({ name: feature, kind: 'numeric' })),
  });
  const encoders: Manifest['encoders'] = names.map((feature) => ({
    feature,
    source: { from: 'field', field: feature },
    encoding: 'numeric',
    fill: null,
    indicator: false,
  }));
  const manifest: Manifest = {
    format_version: 1,
    definition,
    backend: 'xgboost',
    model: { format: 'xgboost-json', file: 'model.xgb.json' },
    classes: ['no', 'yes'],
    encoders,
    columns: matrixColumns(definition, encoders),
    training_stats: {
      train_accuracy: 1,
      val_accuracy: 1,
      n_features: width,
      n_train: 1,
      n_validation: 1,
      n_test: 1,
      rounds: 1,
      class_counts: { no: 1, yes: 1 },
    },
    snapshot: { hash: `sha256:${'0'.repeat(64)}`, rows: 3, watermark: '2026-01-04T09:12:31.118Z' },
    importance: {},
    library: { name: 'xgboost', version: 'of the benchmark' },
    seed: 1,
    threads: 1,
    warnings: [],
  };
  const files = new Map([
    ['manifest.json', json(manifest)],
    ['model.xgb.json', model],
  ]);
  const out = new Float64Array(2);
  loadEvaluator(manifest, files).predictRow(new Float32Array(width), 0, out);
  const golden: Golden = {
    tolerance: 1e-6,
    cases: [
      {
        input: Object.fromEntries(names.map((feature) => [feature, 0])),
        action: null,
        row: names.map(() => 0),
        probabilities: [...out],
      },
    ],
  };
  return files.set('golden.json', json(golden));
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
