import { PackageError } from '#artifacts/package-store';
import type { ActivationFailed } from '#contracts/events/deployment';
import { Golden, Manifest } from '#contracts/model-package';
import type { Forest } from '#models/evaluators/forest';
import { ForestEvaluator } from '#models/evaluators/forest-evaluator';
import { GoldenMismatch, type GoldenResult, verifyGolden } from '#models/evaluators/golden';
import { loadForest } from '#models/evaluators/load';
import type { PackageCache } from './package-cache.js';

/** A package that was read, verified and made ready; plain data, so that it can move between threads. */
export interface LoadedPackage {
  readonly digest: string;
  readonly manifest: Manifest;
  readonly forest: Forest;
  readonly golden: GoldenResult;
}

export type LoadFailureReason = ActivationFailed['reason'];

/** Why a package cannot be served, in the words of `model.activation-failed`. */
export class LoadFailure extends Error {
  override readonly name = 'LoadFailure';

  constructor(
    readonly reason: LoadFailureReason,
    detail: string,
  ) {
    super(detail);
  }
}

/** Fetches a package, verifies its bytes and its golden predictions. Throws LoadFailure. */
export async function loadPackage(packages: Pick<PackageCache, 'read'>, digest: string): Promise<LoadedPackage> {
  let files: Map<string, Buffer>;
  try {
    files = await packages.read(digest);
  } catch (error) {
    if (error instanceof PackageError) throw new LoadFailure(error.code, error.message);
    throw new LoadFailure('unreadable-package', messageOf(error));
  }
  try {
    const manifest = Manifest.parse(jsonOf(files, 'manifest.json'));
    const golden = Golden.parse(jsonOf(files, 'golden.json'));
    const forest = loadForest(manifest, files);
    const result = verifyGolden(manifest, new ForestEvaluator(forest, manifest.classes), golden);
    return { digest, manifest, forest, golden: result };
  } catch (error) {
    if (error instanceof GoldenMismatch) throw new LoadFailure('golden-mismatch', error.message);
    throw new LoadFailure('unreadable-package', messageOf(error));
  }
}

function jsonOf(files: ReadonlyMap<string, Buffer>, name: string): unknown {
  const bytes = files.get(name);
  if (bytes === undefined) throw new Error(`the package has no ${name}`);
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new Error(`${name} is not JSON: ${messageOf(error)}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
