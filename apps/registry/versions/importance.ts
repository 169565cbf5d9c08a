import { Inject, Injectable } from '@nestjs/common';
import { hexOf } from '#artifacts/package-store';
import type { ArtifactStore } from '#artifacts/store';
import { Manifest } from '#contracts/model-package';
import { ARTIFACT_STORE } from '../keys.js';

/** Manifests are small; this many are kept. */
const KEPT = 64;

/** What a package's manifest says about its columns. */
@Injectable()
export class Importance {
  /** Packages never change, so what was read once holds. */
  private readonly known = new Map<string, Record<string, number>>();

  constructor(@Inject(ARTIFACT_STORE) private readonly store: ArtifactStore) {}

  /** Gain of each column; null when the package or the store cannot be read, which is no reason to fail. */
  async of(digest: string): Promise<Record<string, number> | null> {
    const known = this.known.get(digest);
    if (known !== undefined) return known;
    try {
      const bytes = await this.store.get(`packages/${hexOf(digest)}/manifest.json`);
      const { importance } = Manifest.pick({ importance: true }).parse(JSON.parse(bytes.toString('utf8')));
      const [oldest] = this.known.keys();
      if (oldest !== undefined && this.known.size >= KEPT) this.known.delete(oldest);
      this.known.set(digest, importance);
      return importance;
    } catch {
      return null;
    }
  }
}
