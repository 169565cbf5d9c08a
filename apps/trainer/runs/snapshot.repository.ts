import { createReadStream } from 'node:fs';
import { Inject, Injectable } from '@nestjs/common';
import { hexOf } from '#artifacts/package-store';
import type { ArtifactStore } from '#artifacts/store';
import type { SnapshotRecord } from '#database/training/run-queue';
import { copyToFile, trainingRowsQuery } from '#database/training/training-rows';
import type { SnapshotResult } from '#models/training/job';
import type { TrainerConfig } from '../config.js';
import { ARTIFACT_STORE, TRAINER_CONFIG } from '../tokens.js';

/** Rows on their way from Postgres to the artifact store. */
@Injectable()
export class SnapshotRepository {
  constructor(
    @Inject(ARTIFACT_STORE) private readonly store: ArtifactStore,
    @Inject(TRAINER_CONFIG) private readonly config: Pick<TrainerConfig, 'DATABASE_URL'>,
  ) {}

  queryFor(model: string): string {
    return trainingRowsQuery(model);
  }

  /** Copies a model's rows into a CSV file. */
  export(model: string, file: string, options: { signal: AbortSignal; onBytes(bytes: number): void }): Promise<void> {
    return copyToFile(this.config.DATABASE_URL, this.queryFor(model), file, options);
  }

  /** Stores a frozen snapshot by its hash; one that is there already is not stored again. */
  async keep(model: string, snapshot: SnapshotResult): Promise<SnapshotRecord> {
    const key = `snapshots/${hexOf(snapshot.hash)}.parquet`;
    if (!(await this.store.has(key))) await this.store.put(key, createReadStream(snapshot.path));
    const { hash, rows, watermark } = snapshot;
    return { hash, rows, watermark, uri: this.store.uri(key), query: this.queryFor(model) };
  }
}
