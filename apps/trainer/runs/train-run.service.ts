import { readFile } from 'node:fs/promises';
import { Inject, Injectable } from '@nestjs/common';
import { PackageStore } from '#artifacts/package-store';
import { describeBackend } from '#contracts/backends';
import type { TrainingStage } from '#contracts/events/training';
import type { ModelDefinition } from '#contracts/model-definition';
import { trainingDeadlineMs } from '#domain/schedule/deadline';
import { collectGarbage } from '#models/native/collect-garbage';
import { locateLibrary, NativeLibraryError } from '#models/native/locate';
import type { ClusterModel, ClusterOrder } from '#models/training/elsewhere/order';
import { requireSuited } from '#models/training/elsewhere/suited';
import { asTrainingFailure, TrainingFailure } from '#models/training/process/failure';
import type { TrainingJob, TrainingResult } from '#models/training/process/job';
import { TrainingProcess } from '#models/training/process/training-process';
import type { Place } from '#models/training/progress';
import type { TrainerConfig } from '../config.js';
import { DefinitionRepository, DefinitionUnusable } from '../definitions/definition.repository.js';
import { TRAINER_CONFIG } from '../keys.js';
import { SparkTraining } from '../spark/spark-training.service.js';
import type { ClaimedRun, SnapshotRecord } from '../storage/claimed-run.js';
import { DropOnsets } from '../storage/drop-onsets.js';
import type { RunProgress } from './progress.js';
import { SnapshotRepository } from './snapshot.repository.js';
import { Uploads } from './uploads.js';
import { WorkFolders } from './work-folder.js';

/** What a run produced: both are in the artifact store. */
export interface TrainedPackage {
  readonly digest: string;
  readonly uri: string;
  readonly snapshot: SnapshotRecord;
  readonly result: TrainingResult;
}

/** One run from its rows to its package. Leaves nothing behind but content-addressed artifacts. */
@Injectable()
export class TrainRun {
  constructor(
    @Inject(DefinitionRepository) private readonly definitions: DefinitionRepository,
    @Inject(DropOnsets) private readonly drops: DropOnsets,
    @Inject(SnapshotRepository) private readonly snapshots: SnapshotRepository,
    @Inject(Uploads) private readonly uploads: Uploads,
    @Inject(PackageStore) private readonly packages: PackageStore,
    @Inject(WorkFolders) private readonly folders: WorkFolders,
    @Inject(SparkTraining) private readonly spark: SparkTraining,
    @Inject(TRAINER_CONFIG) private readonly config: TrainerConfig,
  ) {}

  /** How long a run of this model may take, in milliseconds. */
  deadlineOf(model: string): number {
    try {
      return trainingDeadlineMs(this.definitions.read(model));
    } catch (error) {
      // The run will fail of it, or brings a definition of its own.
      if (error instanceof DefinitionUnusable) return trainingDeadlineMs(null);
      throw error;
    }
  }

  /** Throws {@link TrainingFailure}, or the signal's reason when it was aborted. */
  async run(run: ClaimedRun, progress: RunProgress, signal: AbortSignal): Promise<TrainedPackage> {
    let stage: TrainingStage = 'snapshot';
    const say: RunProgress['say'] = (next, share, message) => {
      stage = next;
      progress.say(next, share, message);
    };
    try {
      if (onSpark(run)) {
        requireSuited(run.model, run);
        await this.spark.requireCluster(run.model);
      }
      const library = this.libraryFor(run);
      return await this.folders.with(run.runId, async (folder) => {
        const imported = run.import && (await this.uploads.fetch(run.model, run.import, folder));
        const definition = imported?.description.definition ?? this.definitionOf(run);
        requireName(definition, run.model);
        const speech = { say, print: progress.print };
        return this.trainIn(folder, run, { definition, library, imported }, speech, signal);
      });
    } catch (error) {
      signal.throwIfAborted();
      throw asTrainingFailure(error, stage);
    }
  }

  private async trainIn(
    folder: string,
    run: ClaimedRun,
    { definition, library, imported }: Pick<TrainingJob, 'definition' | 'library' | 'imported'>,
    { say, print }: Pick<RunProgress, 'say' | 'print'>,
    signal: AbortSignal,
  ): Promise<TrainedPackage> {
    const { TRAINING_THREADS: threads, TRAINING_MEMORY_MB: memoryMb } = this.config;
    // It starts while the rows are on their way.
    const training = new TrainingProcess({ threads, memoryMb }, signal);
    // Spark's part ends with the rest, whichever ends first.
    const over = new AbortController();
    let submitted: Promise<unknown> | null = null;
    const train = (order: ClusterOrder, place: Place): Promise<ClusterModel> => {
      const submitting = { run, folder, place, speech: { say, print }, signal: AbortSignal.any([signal, over.signal]) };
      const model = this.spark.train(order, submitting);
      submitted = model.catch(() => undefined);
      return model;
    };
    // The snapshot is stored while the model is trained; a failure is kept for when somebody waits for it.
    let stored: Promise<SnapshotRecord> | null = null;
    const nothingIsStoredAnyMore = (): Promise<unknown> | undefined => stored?.catch(() => undefined);
    try {
      const { source, fingerprint } = await this.rowsOf(run, folder, say, signal);
      const query = this.snapshots.queryFor(run.model);
      const { model, backend, tune } = run;
      const onsets = await this.drops.of(model);
      const result = await training.run(
        {
          ...{ definition, backend, tune, onsets, imported, source, query, workDir: folder, library },
          elsewhere: onSpark(run),
        },
        {
          report: say,
          onCluster: train,
          printed: print,
          snapshot: (snapshot) => {
            stored = this.snapshots.keep(model, snapshot, fingerprint);
            stored.catch(() => undefined);
          },
        },
      );
      say('package', 0.95, 'storing snapshot and package');
      const snapshot = await (stored ?? this.snapshots.keep(model, result.snapshot, fingerprint));
      const files = new Map<string, Buffer>();
      for (const [name, path] of Object.entries(result.files)) files.set(name, await readFile(path));
      const { digest, uri } = await this.packages.write(files);
      return { digest, uri, snapshot, result };
    } finally {
      training.end();
      over.abort(new Error('the training process has ended'));
      await submitted;
      await nothingIsStoredAnyMore();
    }
  }

  /** Only the rows of a run: a snapshot in the artifact store, for an external trainer. Throws as {@link run} does. */
  async freeze(run: ClaimedRun, { say, print }: RunProgress, signal: AbortSignal): Promise<SnapshotRecord> {
    const { TRAINING_THREADS: threads, TRAINING_MEMORY_MB: memoryMb } = this.config;
    try {
      return await this.folders.with(run.runId, async (folder) => {
        const training = new TrainingProcess({ threads, memoryMb }, signal);
        try {
          const definition = this.definitionOf(run);
          const { source, fingerprint } = await this.rowsOf(run, folder, say, signal);
          const { model, backend } = run;
          const query = this.snapshots.queryFor(model);
          const order = { definition, backend, source, query, workDir: folder, library: null };
          const frozen = await training.freeze(order, { report: say, printed: print });
          return await this.snapshots.keep(model, frozen, fingerprint);
        } finally {
          training.end();
        }
      });
    } catch (error) {
      signal.throwIfAborted();
      throw asTrainingFailure(error, 'snapshot');
    }
  }

  private async rowsOf(
    { model, snapshotHash }: ClaimedRun,
    folder: string,
    say: RunProgress['say'],
    signal: AbortSignal,
  ): Promise<Pick<TrainingJob, 'source'> & { fingerprint: string | null }> {
    if (snapshotHash !== null)
      return { source: await this.snapshots.bringAgain(snapshotHash, folder), fingerprint: null };
    const rows = await this.snapshots.bring(model, folder, {
      signal,
      onBytes: (bytes) => say('snapshot', 0.05, `copied ${(bytes / 1e6).toFixed(1)} MB of rows`),
    });
    if (rows.source.kind === 'parquet') say('snapshot', 0.05, 'no row has changed, so the last snapshot is used again');
    // The buffers of the copy; from here on the memory is the training process's.
    collectGarbage();
    return rows;
  }

  private definitionOf(run: ClaimedRun): ModelDefinition {
    try {
      return this.definitions.read(run.model);
    } catch (error) {
      if (!(error instanceof DefinitionUnusable)) throw error;
      throw new TrainingFailure('snapshot', error.reason, error.remedy, { cause: error });
    }
  }

  private libraryFor(run: ClaimedRun): string | null {
    const library = describeBackend(run.backend).library;
    const { RATCHET_HOME: home, XGBOOST_LIBRARY, LIGHTGBM_LIBRARY } = this.config;
    try {
      return library && locateLibrary(library, { env: { XGBOOST_LIBRARY, LIGHTGBM_LIBRARY }, home });
    } catch (error) {
      // A model that is there already can be read without its library.
      if (run.import !== null && error instanceof NativeLibraryError) return null;
      throw error;
    }
  }
}

/** A model that is there already needs no cluster. */
const onSpark = ({ engine, import: imported }: ClaimedRun): boolean => engine === 'spark' && imported === null;

/** A description may bring a definition of its own, but not one of another model. */
function requireName({ name }: ModelDefinition, model: string): void {
  if (name !== model)
    throw new TrainingFailure(
      'snapshot',
      `The definition that came with the model is of "${name}", but it is to be registered with "${model}".`,
      'Rename the definition, or register the model with the other name.',
    );
}
