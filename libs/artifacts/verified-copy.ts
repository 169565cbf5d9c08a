import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { ArtifactStore } from './artifact-store.js';

/** What is in the store is not what was stored. The file was not kept. */
export class DamagedArtifactError extends Error {
  constructor(uri: string, expected: string, found: string) {
    super(`${uri} is damaged: its digest is ${found}, not ${expected}.`);
    this.name = 'DamagedArtifactError';
  }
}

/**
 * Copies an artifact into a file, if it is what its digest ("sha256:…" of its bytes) says.
 *
 * @throws ArtifactMissingError, DamagedArtifactError, or that the store or the file failed; then there is no file
 */
export async function copyVerified(
  store: Pick<ArtifactStore, 'open' | 'uri'>,
  key: string,
  digest: string,
  file: string,
): Promise<void> {
  const hash = createHash('sha256');
  async function* hashed(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
  }
  try {
    await pipeline(await store.open(key), hashed, createWriteStream(file));
    const found = `sha256:${hash.digest('hex')}`;
    if (found !== digest) throw new DamagedArtifactError(store.uri(key), digest, found);
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}
