import type { Readable } from 'node:stream';

/** The store did not do what was asked; the message says what that was, and which setting to look at. */
export class StoreUnavailableError extends Error {
  readonly failureKind = 'temporary';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreUnavailableError';
  }
}

/** No such object. Anything else that goes wrong is the store being unavailable. */
export class ArtifactMissingError extends Error {
  constructor(readonly key: string) {
    super(`There is no artifact "${key}" in the store.`);
    this.name = 'ArtifactMissingError';
  }
}

/**
 * Blobs by key, a key being a relative path with forward slashes. A blob is there whole or not at all; writing a key
 * again replaces it.
 */
export interface ArtifactStore {
  put(key: string, data: Buffer | Readable): Promise<void>;
  /** Throws {@link ArtifactMissingError}. */
  get(key: string): Promise<Buffer>;
  /** Throws {@link ArtifactMissingError}. */
  open(key: string): Promise<Readable>;
  has(key: string): Promise<boolean>;
  /** Keys that start with the prefix, sorted. */
  list(prefix: string): Promise<string[]>;
  /** Removes every key that starts with the prefix. */
  remove(prefix: string): Promise<void>;
  /** Where the blob is, for people and logs. */
  uri(key: string): string;
}
