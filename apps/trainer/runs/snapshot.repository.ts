import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { hexOf } from '#artifacts/package-store';
import { ArtifactMissingError, type ArtifactStore } from '#artifacts/store';
import { copyVerified, DamagedArtifactError } from '#artifacts/verified-copy';
import { TrainingFailure } from '#models/training/process/failure';
import type { SnapshotResult, TrainingJob } from '#models/training/process/job';
import type { Logger } from '#platform/logging';
import { ARTIFACT_STORE, LOGGER } from '../keys.js';
import type { SnapshotRecord } from '../storage/claimed-run.js';
import { RunQueue } from '../storage/run-queue.js';
import { TrainingRows, trainingRowsQuery } from '../storage/training-rows.js';

/** A model's rows in the work folder of a run, and the state of the dataset they are of. */
export interface Rows {
  readonly source: TrainingJob['source'];
  readonly fingerprint: string;
}

/** Rows on their way from Postgres to the artifact store. */
@Injectable()
export class SnapshotRepository {
  constructor(
    @Inject(ARTIFACT_STORE) private readonly store: ArtifactStore,
    @Inject(RunQueue) private readonly runs: RunQueue,
    @Inject(TrainingRows) private readonly rows: TrainingRows,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  queryFor(model: string): string {
    return trainingRowsQuery(model);
  }

  /** Brings a model's rows into a folder: the last snapshot if nothing has changed since, else a copy. */
  async bring(
    model: string,
    folder: string,
    options: { signal: AbortSignal; onBytes(bytes: number): void },
  ): Promise<Rows> {
    const parquet = join(folder, 'snapshot.parquet');
    const { fingerprint, files } = await this.rows.copy(model, folder, {
      ...options,
      known: async (state) => {
        const hash = await this.runs.snapshotOf(model, this.queryFor(model), state);
        return hash !== null && (await this.fetch(hash, parquet));
      },
    });
    return { fingerprint, source: files ? { kind: 'copied', files: [...files] } : { kind: 'parquet', path: parquet } };
  }

  /** Brings the rows that an external trainer was given. Throws {@link TrainingFailure} when they are gone. */
  async bringAgain(hash: string, folder: string): Promise<TrainingJob['source']> {
    const path = join(folder, 'snapshot.parquet');
    if (await this.fetch(hash, path)) return { kind: 'parquet', path };
    throw new TrainingFailure(
      'snapshot',
      `The snapshot ${hash}, on which this model was trained, cannot be read from the artifact store any more.`,
      'Train again; the trainer’s log says whether the file is gone or damaged.',
    );
  }

  /** The file of a snapshot. Throws {@link ArtifactMissingError} when it is gone. */
  open(hash: string): Promise<Readable> {
    return this.store.open(keyOf(hash));
  }

  /** Stores a frozen snapshot by its hash; one that is there already is not stored again. */
  async keep(model: string, snapshot: SnapshotResult, fingerprint: string | null): Promise<SnapshotRecord> {
    const key = keyOf(snapshot.hash);
    if (!(await this.store.has(key))) await this.store.put(key, createReadStream(snapshot.path));
    const { hash, rows, watermark } = snapshot;
    return { hash, rows, watermark, uri: this.store.uri(key), query: this.queryFor(model), fingerprint };
  }

  /** False if the snapshot is gone or damaged, or the store away: then the rows are copied as ever. */
  private async fetch(hash: string, file: string): Promise<boolean> {
    try {
      await copyVerified(this.store, keyOf(hash), hash, file);
      return true;
    } catch (error) {
      const gone = error instanceof ArtifactMissingError;
      this.logger.warn({ hash, ...(!gone && { err: error }) }, 'a snapshot cannot be used again; the rows are copied');
      // Otherwise the same rows would be taken for stored already.
      if (error instanceof DamagedArtifactError) await this.store.remove(keyOf(hash)).catch(() => undefined);
    }
    return false;
  }
}

const keyOf = (hash: string): string => `snapshots/${hexOf(hash)}.parquet`;
