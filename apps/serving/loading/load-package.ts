import { PackageError } from '#artifacts/package-store';
import type { ActivationFailed } from '#contracts/events/deployment';
import { GoldenMismatch } from '#models/evaluators/golden';
import { type PerfectForest, perfectForest } from '#models/evaluators/walks/perfect-trees';
import { type OpenedPackage, openPackage } from '#models/package/open-package';
import type { PackageCache } from './package-cache.js';

/** A package that was read and verified, by its digest. */
export interface LoadedPackage extends OpenedPackage {
  readonly digest: string;
  /** The forest once more, for batches; null if it is not of that kind. */
  readonly perfect: PerfectForest | null;
}

const NOTHING_SET: ReadonlyMap<number, number> = new Map();

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
    const opened = openPackage(files);
    return { digest, ...opened, perfect: perfectForest(opened.forest, [NOTHING_SET]) };
  } catch (error) {
    if (error instanceof GoldenMismatch) throw new LoadFailure('golden-mismatch', error.message);
    throw new LoadFailure('unreadable-package', messageOf(error));
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
