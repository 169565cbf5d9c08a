import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { hexOf, PackageError } from '#artifacts/package-store';
import { ArtifactMissingError, type ArtifactStore } from '#artifacts/store';
import { copyVerified, DamagedArtifactError } from '#artifacts/verified-copy';
import type { ModelDefinition } from '#contracts/model-definition';
import { TrainingDatabase } from '#models/training/rows/duckdb';
import { type HoldoutRows, readHoldout } from '#models/training/rows/holdout';
import type { EvaluatorConfig } from '../config.js';
import { ARTIFACT_STORE, EVALUATOR_CONFIG } from '../keys.js';
import { BrokenPackageError } from './loaded-model.js';

/** Enough to read a million rows in half a second; the scoring that follows takes one. */
const THREADS = Math.min(2, availableParallelism());

/** Test parts of snapshots in the artifact store. */
@Injectable()
export class HoldoutRepository {
  constructor(
    @Inject(ARTIFACT_STORE) private readonly store: ArtifactStore,
    @Inject(EVALUATOR_CONFIG) private readonly config: Pick<EvaluatorConfig, 'EVALUATOR_MEMORY_MB'>,
  ) {}

  /**
   * Hands the test part of a snapshot to `take`, a few hundred rows at a time.
   *
   * @throws BrokenPackageError if the snapshot is gone or damaged
   * @throws PackageError if the store cannot be reached
   */
  async read(hash: string, definition: ModelDefinition, take: (rows: HoldoutRows) => void): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'ratchet-holdout-'));
    try {
      const parquet = join(folder, 'snapshot.parquet');
      await this.download(hash, parquet);
      const memoryMb = this.config.EVALUATOR_MEMORY_MB;
      const database = await TrainingDatabase.open({ threads: THREADS, memoryMb, spillDir: join(folder, 'spill') });
      try {
        for await (const rows of readHoldout(database, parquet, definition)) take(rows);
      } finally {
        database.close();
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  private async download(hash: string, file: string): Promise<void> {
    const key = `snapshots/${hexOf(hash)}.parquet`;
    try {
      await copyVerified(this.store, key, hash, file);
    } catch (error) {
      if (error instanceof ArtifactMissingError)
        throw new BrokenPackageError(`The snapshot ${key} of this training is not in the artifact store.`);
      if (error instanceof DamagedArtifactError) throw new BrokenPackageError(`The snapshot ${error.message}`);
      throw new PackageError('store-unavailable', `The snapshot ${key} could not be fetched.`, { cause: error });
    }
  }
}
