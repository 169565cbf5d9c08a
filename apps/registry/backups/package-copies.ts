import { Inject, Injectable } from '@nestjs/common';
import { PackageError, PackageStore } from '#artifacts/package-store';
import type { ArtifactStore } from '#artifacts/store';
import { ARTIFACT_STORE, BACKUP_STORE } from '../keys.js';

/** What is wrong with a package, in a sentence, or null; throws while a store does not answer. */
type Finding = string | null;

/** What was found of a package, and where its second copy is, if it is whole. */
export interface Secured {
  readonly problem: Finding;
  readonly copyUri: string | null;
}

/** The two places a package can be: the artifact store and, where there is one, the second store. */
@Injectable()
export class PackageCopies {
  private readonly primary: PackageStore;
  private readonly second: PackageStore | null;

  constructor(@Inject(ARTIFACT_STORE) primary: ArtifactStore, @Inject(BACKUP_STORE) second: ArtifactStore | null) {
    this.primary = new PackageStore(primary);
    this.second = second === null ? null : new PackageStore(second);
  }

  /** Verifies the package to the byte, and copies it to the second store if it is not there whole. */
  async secure(digest: string): Promise<Secured> {
    const files = await whole(this.primary, digest);
    if (this.second === null) return { problem: problemOf(files), copyUri: null };
    const copy = await whole(this.second, digest);
    if (!(copy instanceof PackageError)) return { problem: problemOf(files), copyUri: this.second.uri(digest) };
    if (files instanceof PackageError) return { problem: `${files.message} ${copy.message}`, copyUri: null };
    await this.second.write(files);
    return { problem: null, copyUri: this.second.uri(digest) };
  }

  /** Makes the package whole in the artifact store, from the second store if need be; null, or why it cannot be. */
  async restore(digest: string): Promise<Finding> {
    const files = await whole(this.primary, digest);
    if (!(files instanceof PackageError)) return null;
    if (this.second === null) return `${files.message} There is no second store (BACKUP_ARTIFACTS_URL).`;
    const copy = await whole(this.second, digest);
    if (copy instanceof PackageError) return `${files.message} In the second store: ${copy.message}`;
    await this.primary.write(copy);
    return null;
  }
}

type Files = Map<string, Buffer>;

const problemOf = (files: Files | PackageError): Finding => (files instanceof PackageError ? files.message : null);

async function whole(store: PackageStore, digest: string): Promise<Files | PackageError> {
  try {
    return await store.read(digest);
  } catch (error) {
    if (error instanceof PackageError && error.code !== 'store-unavailable') return error;
    throw error;
  }
}
