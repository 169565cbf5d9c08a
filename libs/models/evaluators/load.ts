import type { Manifest, ModelFile } from '#contracts/model-package';
import { type Evaluator, ModelFormatError } from './evaluator.js';
import type { Forest } from './forest.js';
import { readModel } from './reading/read-model.js';
import { ForestEvaluator } from './walks/forest-evaluator.js';

/** Reads the trees of a package and checks that they are as wide and have as many classes as its manifest says. */
export function loadForest(manifest: Manifest, files: ReadonlyMap<string, Uint8Array>): Forest {
  const { model } = manifest;
  const { file } = model;
  const bytes = files.get(file);
  if (bytes === undefined)
    throw new ModelFormatError(`the package has no ${file}, which its manifest names as the model`);
  const forest = parse(model, bytes);
  if (forest.width !== manifest.columns.length)
    throw new ModelFormatError(
      `${file} takes ${forest.width} columns, but the manifest lists ${manifest.columns.length}; they are not of one training`,
    );
  if (forest.classes !== manifest.classes.length)
    throw new ModelFormatError(
      `${file} gives ${forest.classes} probabilities, but the manifest lists ${manifest.classes.length} classes; they are not of one training`,
    );
  return forest;
}

/** Ready to evaluate. Throws ModelFormatError for a model that cannot be evaluated exactly. */
export function loadEvaluator(manifest: Manifest, files: ReadonlyMap<string, Uint8Array>): Evaluator {
  return new ForestEvaluator(loadForest(manifest, files), manifest.classes);
}

function parse(model: ModelFile, bytes: Uint8Array): Forest {
  const rounds = 'rounds' in model ? model.rounds : undefined;
  return readModel(model.format, bytes, rounds === undefined ? {} : { rounds }).forest;
}
