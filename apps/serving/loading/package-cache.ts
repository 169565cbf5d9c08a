import { pathToFileURL } from 'node:url';
import { FilesystemStore } from '#artifacts/filesystem-store';
import { hexOf, PackageStore } from '#artifacts/package-store';
import type { ArtifactStore } from '#artifacts/store';

/**
 * The artifact store behind a copy on this instance's own disk, so that it starts with the store away. Both are
 * verified by digest on every read; a damaged copy is replaced.
 */
export class PackageCache {
  private readonly disk: FilesystemStore;
  private readonly local: PackageStore;
  private readonly remote: PackageStore;

  constructor(
    folder: string,
    store: ArtifactStore,
    private readonly warn: (message: string, error: unknown) => void,
  ) {
    this.disk = new FilesystemStore(pathToFileURL(`${folder}/`));
    this.local = new PackageStore(this.disk);
    this.remote = new PackageStore(store);
  }

  /** Throws what the artifact store throws when there is no good copy here. */
  async read(digest: string): Promise<Map<string, Buffer>> {
    try {
      if (await this.local.has(digest)) return await this.local.read(digest);
    } catch (error) {
      this.warn(`the copy of ${digest} on this disk is damaged, fetching it again`, error);
      await this.local.remove(digest).catch((failure: unknown) => this.warn('it could not be removed', failure));
    }
    const files = await this.remote.read(digest);
    await this.local
      .write(files)
      // A full disk must not keep a good package from being served.
      .catch((error: unknown) => this.warn(`${digest} could not be kept on this disk`, error));
    return files;
  }

  /** Removes every copy but these. */
  async keepOnly(digests: readonly string[]): Promise<void> {
    const wanted = new Set(digests.map(hexOf));
    const there = new Set((await this.disk.list('packages/')).map((key) => key.split('/')[1] ?? ''));
    for (const hex of there) if (hex !== '' && !wanted.has(hex)) await this.disk.remove(`packages/${hex}/`);
  }
}
