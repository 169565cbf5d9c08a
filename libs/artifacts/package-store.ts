import { createHash } from 'node:crypto';
import { PackageIndex } from '#contracts/model-package';
import { ArtifactMissingError, type ArtifactStore } from './artifact-store.js';

export type PackageErrorCode = 'package-missing' | 'digest-mismatch' | 'store-unavailable';

/** Why a package could not be had. */
export class PackageError extends Error {
  constructor(
    readonly code: PackageErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'PackageError';
  }
}

const INDEX = 'index.json';
const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

/** The folder of a package or of what belongs to it: the digest without its "sha256:". */
export const hexOf = (digest: string): string => digest.replace(/^sha256:/, '');

/** The bytes of a package's `index.json`: files by path, so that equal files give an equal digest. */
function indexOf(files: ReadonlyMap<string, Buffer>): Buffer {
  const entries = [...files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, data]) => ({ path, sha256: sha256(data), bytes: data.length }));
  return Buffer.from(JSON.stringify({ files: entries } satisfies PackageIndex));
}

/** The content address of a package: the SHA-256 of its index. */
export function packageDigest(files: ReadonlyMap<string, Buffer>): string {
  return `sha256:${sha256(indexOf(files))}`;
}

/** Model packages in an artifact store, by their content: `packages/<hex>/…`. What is read is verified to the byte. */
export class PackageStore {
  constructor(private readonly store: ArtifactStore) {}

  /**
   * Stores a package; one that is there whole already is left as it is, and a damaged one is mended. The index
   * goes last, so a package is there whole or not at all.
   */
  async write(files: ReadonlyMap<string, Buffer>): Promise<{ digest: string; uri: string }> {
    const index = indexOf(files);
    const digest = `sha256:${sha256(index)}`;
    const folder = this.folder(digest);
    if (!(await this.isWhole(digest))) {
      for (const [path, data] of files) await this.store.put(`${folder}/${path}`, data);
      await this.store.put(`${folder}/${INDEX}`, index);
    }
    return { digest, uri: this.store.uri(folder) };
  }

  /** Every file but the index. Throws {@link PackageError} when the package is not there or not what the digest says. */
  async read(digest: string): Promise<Map<string, Buffer>> {
    const index = await this.fetch(digest, INDEX);
    if (`sha256:${sha256(index)}` !== digest)
      throw new PackageError(
        'digest-mismatch',
        `The index of package ${digest} has another digest, sha256:${sha256(index)}.`,
      );
    const files = new Map<string, Buffer>();
    for (const entry of PackageIndex.parse(JSON.parse(index.toString('utf8'))).files) {
      const data = await this.fetch(digest, entry.path);
      if (sha256(data) !== entry.sha256)
        throw new PackageError(
          'digest-mismatch',
          `${entry.path} of package ${digest} is not what was stored: ${data.length} bytes, expected ${entry.bytes} with SHA-256 ${entry.sha256}.`,
        );
      files.set(entry.path, data);
    }
    return files;
  }

  async has(digest: string): Promise<boolean> {
    return this.store.has(`${this.folder(digest)}/${INDEX}`);
  }

  /** The index goes first: what is left of a removal that was cut short is no package. */
  async remove(digest: string): Promise<void> {
    await this.store.remove(`${this.folder(digest)}/${INDEX}`);
    await this.store.remove(`${this.folder(digest)}/`);
  }

  uri(digest: string): string {
    return this.store.uri(this.folder(digest));
  }

  private async isWhole(digest: string): Promise<boolean> {
    if (!(await this.has(digest))) return false;
    try {
      await this.read(digest);
      return true;
    } catch (error) {
      if (error instanceof PackageError && error.code !== 'store-unavailable') return false;
      throw error;
    }
  }

  private folder(digest: string): string {
    return `packages/${hexOf(digest)}`;
  }

  private async fetch(digest: string, path: string): Promise<Buffer> {
    try {
      return await this.store.get(`${this.folder(digest)}/${path}`);
    } catch (error) {
      if (error instanceof ArtifactMissingError)
        throw new PackageError('package-missing', `${path} of package ${digest} is not in the artifact store.`, {
          cause: error,
        });
      throw new PackageError(
        'store-unavailable',
        `The artifact store did not give ${path} of package ${digest}: ${error instanceof Error ? error.message : String(error)}`,
        { cause: error },
      );
    }
  }
}
