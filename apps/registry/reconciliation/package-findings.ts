import { Inject, Injectable } from '@nestjs/common';
import { PackageError, PackageStore } from '#artifacts/package-store';
import type { ArtifactStore } from '#artifacts/store';
import { Manifest } from '#contracts/model-package';
import { ARTIFACT_STORE } from '../keys.js';

/** What the artifact store knows of packages that the registry has no version for. */
@Injectable()
export class PackageFindings {
  private readonly packages: PackageStore;

  constructor(@Inject(ARTIFACT_STORE) store: ArtifactStore) {
    this.packages = new PackageStore(store);
  }

  uri(digest: string): string {
    return this.packages.uri(digest);
  }

  /** The manifest of a package that is whole; null for one that is not there or not what its digest says. */
  async manifest(digest: string): Promise<Manifest | null> {
    try {
      const files = await this.packages.read(digest);
      const text = files.get('manifest.json')?.toString('utf8') ?? 'null';
      return Manifest.safeParse(JSON.parse(text)).data ?? null;
    } catch (error) {
      if (error instanceof SyntaxError) return null;
      if (error instanceof PackageError && error.code !== 'store-unavailable') return null;
      throw error;
    }
  }
}
