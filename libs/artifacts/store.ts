import type { ArtifactsEnv } from '#platform/config';
import type { ArtifactStore } from './artifact-store.js';
import { FilesystemStore } from './filesystem-store.js';
import { S3Store } from './s3-store.js';

export { ArtifactMissingError, type ArtifactStore, StoreUnavailableError } from './artifact-store.js';

/** The store that ARTIFACTS_URL names. */
export function openArtifactStore(config: ArtifactsEnv): ArtifactStore {
  const url = new URL(config.ARTIFACTS_URL);
  return url.protocol === 'file:' ? new FilesystemStore(url) : new S3Store(url, config);
}
