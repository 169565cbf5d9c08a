import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Inject, Injectable } from '@nestjs/common';
import { hexOf } from '#artifacts/package-store';
import { ArtifactMissingError, type ArtifactStore } from '#artifacts/store';
import { ratchet } from '#contracts/command-line';
import type { ModelImport } from '#contracts/events/training';
import { ImportDescription } from '#contracts/http/packages';
import { TrainingFailure } from '#models/training/process/failure';
import type { ImportedModel } from '#models/training/process/job';
import type { Logger } from '#platform/logging';
import { ARTIFACT_STORE, LOGGER } from '../keys.js';
import { RunQueue } from '../storage/run-queue.js';

/** Models trained elsewhere, as they were uploaded to the registry. */
@Injectable()
export class Uploads {
  constructor(
    @Inject(ARTIFACT_STORE) private readonly store: ArtifactStore,
    @Inject(RunQueue) private readonly runs: RunQueue,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Brings the file of a model of this name into a folder, and what is known of it. Throws {@link TrainingFailure}. */
  async fetch(name: string, { format, model, description }: ModelImport, folder: string): Promise<ImportedModel> {
    const path = join(folder, 'imported-model');
    try {
      await pipeline(await this.store.open(keyOf(model)), createWriteStream(path));
      const text = (await this.store.get(keyOf(description))).toString('utf8');
      return { path, format, description: ImportDescription.parse(JSON.parse(text)) };
    } catch (error) {
      if (!(error instanceof ArtifactMissingError)) throw error;
      throw new TrainingFailure(
        'snapshot',
        `The upload ${error.key} is not in the artifact store.`,
        `Register it again, by "${ratchet('register FILE', null, `--definition ${name}`)}" or POST /v1/models/${name}/uploads.`,
        { cause: error },
      );
    }
  }

  has(upload: string): Promise<boolean> {
    return this.store.has(keyOf(upload));
  }

  /** Keeps what is known of a model; gives the digest it goes by. */
  async describe(description: ImportDescription): Promise<string> {
    const content = Buffer.from(JSON.stringify(description));
    const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
    await this.store.put(keyOf(digest), content);
    return digest;
  }

  /**
   * Removes what only a run that has ended needed. The model's own file may have been uploaded again just now, and be asked
   * for in a moment: it goes when nobody has asked for some time.
   */
  async discard({ description }: Pick<ModelImport, 'description'>): Promise<void> {
    await this.removeUnneeded([keyOf(description)]);
  }

  /** Uploads that no run asks for. One that has just come may be asked for in a moment. */
  async unneeded(): Promise<string[]> {
    const keys = await this.store.list('uploads/');
    if (keys.length === 0) return [];
    const needed = new Set((await this.runs.importsToCome()).map(keyOf));
    return keys.filter((key) => !needed.has(key));
  }

  async removeUnneeded(keys: readonly string[]): Promise<void> {
    try {
      const unneeded = new Set(await this.unneeded());
      for (const key of keys) if (unneeded.has(key)) await this.store.remove(key);
    } catch (error) {
      this.logger.warn({ err: error, keys }, 'uploads are not removed yet');
    }
  }
}

const keyOf = (digest: string): string => `uploads/${hexOf(digest)}`;
