import type { ArtifactsEnv } from '#platform/config';
import type { LoadedPackage, LoadFailureReason } from './load-package.js';

/** What the loading thread is told at its start. */
export interface LoaderSettings {
  readonly artifacts: ArtifactsEnv;
  readonly cacheFolder: string;
}

export type LoaderRequest =
  | { readonly kind: 'load'; readonly id: number; readonly digest: string }
  | { readonly kind: 'keep-only'; readonly digests: readonly string[] };

export type LoaderReply =
  | { readonly kind: 'loaded'; readonly id: number; readonly loaded: LoadedPackage }
  | { readonly kind: 'failed'; readonly id: number; readonly reason: LoadFailureReason; readonly detail: string }
  | { readonly kind: 'warning'; readonly message: string; readonly detail: string };
