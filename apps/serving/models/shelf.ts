import type { VersionRef } from '#contracts/primitives';
import type { ServedVersion } from './served-version.js';

const keyOf = (ref: VersionRef): string => `${ref.version} ${ref.digest}`;

/** The versions of one model that are in memory. */
export class Shelf {
  private readonly versions = new Map<string, ServedVersion>();

  has(ref: VersionRef): boolean {
    return this.versions.has(keyOf(ref));
  }

  get(ref: VersionRef): ServedVersion | null {
    return this.versions.get(keyOf(ref)) ?? null;
  }

  /** By its name, as callers ask for it. */
  byVersion(version: string): ServedVersion | null {
    for (const served of this.versions.values()) if (served.ref.version === version) return served;
    return null;
  }

  put(served: ServedVersion): void {
    this.versions.set(keyOf(served.ref), served);
  }

  /** Takes everything from the shelf but these. */
  keepOnly(refs: readonly VersionRef[]): void {
    const wanted = new Set(refs.map(keyOf));
    for (const key of this.versions.keys()) if (!wanted.has(key)) this.versions.delete(key);
  }

  all(): ServedVersion[] {
    return [...this.versions.values()];
  }
}
