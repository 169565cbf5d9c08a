import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Inject, Injectable } from '@nestjs/common';
import { hexOf } from '#artifacts/package-store';
import { ArtifactMissingError, type ArtifactStore } from '#artifacts/store';
import type { ModelImport } from '#contracts/events/training';
import { ImportDescription } from '#contracts/http/packages';
import { TrainingFailure } from '#models/training/failure';
import type { ImportedModel } from '#models/training/job';
import { ARTIFACT_STORE } from '../tokens.js';

/** Models trained elsewhere, as they were uploaded to the registry. */
@Injectable()
export class Uploads {
  constructor(@Inject(ARTIFACT_STORE) private readonly store: ArtifactStore) {}

  /** Brings the file into a folder, and what is known of it. Throws {@link TrainingFailure}. */
  async fetch({ format, model, description }: ModelImport, folder: string): Promise<ImportedModel> {
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
        'Register the model again, by "ratchet register" or POST /v1/models/{model}/uploads.',
        { cause: error },
      );
    }
  }
}

const keyOf = (digest: string): string => `uploads/${hexOf(digest)}`;
