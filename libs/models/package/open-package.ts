import { Golden, Manifest } from '#contracts/model-package';
import type { Forest } from '../evaluators/forest.js';
import { type GoldenResult, verifyGolden } from '../evaluators/golden.js';
import { loadForest } from '../evaluators/load.js';
import { ForestEvaluator } from '../evaluators/walks/forest-evaluator.js';

/** A package that was read and verified; plain data, so that it can move between threads. */
export interface OpenedPackage {
  readonly manifest: Manifest;
  readonly forest: Forest;
  readonly golden: GoldenResult;
}

/**
 * Reads the files of a package and makes sure that this program answers its golden inputs as its training library did.
 * Throws GoldenMismatch where it does not, ModelFormatError for trees that cannot be evaluated exactly, and an Error that names
 * the file for one that is missing or broken.
 */
export function openPackage(files: ReadonlyMap<string, Buffer>): OpenedPackage {
  const manifest = Manifest.parse(jsonFile(files, 'manifest.json'));
  const golden = Golden.parse(jsonFile(files, 'golden.json'));
  const forest = loadForest(manifest, files);
  return { manifest, forest, golden: verifyGolden(manifest, new ForestEvaluator(forest, manifest.classes), golden) };
}

/** A JSON file of a package. */
export function jsonFile(files: ReadonlyMap<string, Buffer>, name: string): unknown {
  const bytes = files.get(name);
  if (bytes === undefined) throw new Error(`the package has no ${name}`);
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new Error(`${name} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
