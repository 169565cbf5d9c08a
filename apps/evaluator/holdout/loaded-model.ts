import { PackageError, type PackageStore } from '#artifacts/package-store';
import type { Manifest } from '#contracts/model-package';
import { type CompiledEncoder, compileEncoder } from '#domain/encoding/encoder';
import type { Evaluator } from '#models/evaluators/evaluator';
import type { Forest } from '#models/evaluators/forest';
import { ForestEvaluator } from '#models/evaluators/walks/forest-evaluator';
import { openPackage } from '#models/package/open-package';

/** A model as the evaluator uses it. */
export interface LoadedModel {
  readonly digest: string;
  readonly manifest: Manifest;
  readonly encoder: CompiledEncoder;
  readonly evaluator: Evaluator;
  readonly forest: Forest;
}

/** The package cannot be judged, now or later: the verdict on it is `error`, with this message as the reason. */
export class BrokenPackageError extends Error {
  override readonly name = 'BrokenPackageError';
}

/**
 * Fetches a package and gets it ready, just as serving does: bytes verified by digest, golden predictions reproduced.
 *
 * @throws BrokenPackageError if the package itself is at fault; anything else means that the store cannot be reached
 */
export async function openModel(packages: PackageStore, digest: string, role: string): Promise<LoadedModel> {
  try {
    const { manifest, forest } = openPackage(await packages.read(digest));
    return {
      digest,
      manifest,
      encoder: compileEncoder(manifest),
      evaluator: new ForestEvaluator(forest, manifest.classes),
      forest,
    };
  } catch (error) {
    if (error instanceof PackageError && error.code === 'store-unavailable') throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new BrokenPackageError(`The ${role}'s package ${digest} cannot be used: ${reason}`, { cause: error });
  }
}
