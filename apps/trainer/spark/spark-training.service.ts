import { createReadStream } from 'node:fs';
import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import type { ArtifactStore } from '#artifacts/store';
import { ratchet } from '#contracts/command-line';
import type { ClusterModel, ClusterOrder } from '#models/training/elsewhere/order';
import { TrainingFailure } from '#models/training/process/failure';
import { type Place, progressOf } from '#models/training/progress';
import type { Logger } from '#platform/logging';
import type { TrainerConfig } from '../config.js';
import { ARTIFACT_STORE, LOGGER, TRAINER_CONFIG } from '../keys.js';
import type { RunProgress } from '../runs/progress.js';
import type { ClaimedRun } from '../storage/claimed-run.js';
import { RunQueue } from '../storage/run-queue.js';
import { isReachable } from './master.js';
import { sparkArguments, sparkEnvironment } from './spark-command.js';
import { sparkFailure } from './spark-failure.js';
import { SparkFollower } from './spark-follower.js';
import { submit } from './submit.js';

/** Of each model, the output of so many submissions is kept. */
const LOGS_KEPT = 100;

/** A job that has said how it ended is gone after this long, whatever keeps Java from ending. */
const LINGER_MS = 15_000;

const ROWS = 'spark-rows/';
const rowsKey = (runId: string): string => `${ROWS}${runId}.parquet`;
const logsOf = (model: string): string => `run-logs/${model}/`;

export interface Submitting {
  readonly run: ClaimedRun;
  /** The run's own folder. */
  readonly folder: string;
  /** Which of the run's trainings it is. */
  readonly place: Place;
  readonly speech: Pick<RunProgress, 'say' | 'print'>;
  readonly signal: AbortSignal;
}

/** Trains on a Spark cluster by spark-submit, and follows it. */
@Injectable()
export class SparkTraining {
  constructor(
    @Inject(ARTIFACT_STORE) private readonly store: ArtifactStore,
    @Inject(RunQueue) private readonly queue: RunQueue,
    @Inject(TRAINER_CONFIG) private readonly config: TrainerConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Asked before anything is done for a run. Throws {@link TrainingFailure} where no cluster is named, or none answers. */
  async requireCluster(model: string): Promise<string> {
    const { SPARK_MASTER: master, SPARK_JOB: job } = this.config;
    if (master === undefined)
      throw new TrainingFailure(
        'queued',
        'The trainer knows no Spark cluster: SPARK_MASTER is not set.',
        `Set it for the trainer (docs/how-to/spark.md), or train without Spark: "${ratchet('retrain', model, '--engine built-in')}".`,
      );
    await access(job).catch((error: unknown) => {
      throw new TrainingFailure(
        'queued',
        `The Spark job is not at ${job}.`,
        'Let SPARK_JOB name deploy/spark-trainer/train.py.',
        { cause: error },
      );
    });
    if (!(await isReachable(master))) throw sparkFailure({ master, how: '', output: [UNRESPONSIVE], said: null });
    return master;
  }

  /** Throws {@link TrainingFailure}, or the signal's reason when it was aborted. */
  async train(order: ClusterOrder, submitting: Submitting): Promise<ClusterModel> {
    const { run, folder, speech, place, signal } = submitting;
    const master = await this.requireCluster(run.model);
    await this.sweep();
    const key = rowsKey(run.runId);
    const model = join(folder, `model-${place.part}.json`);
    const orderFile = join(folder, 'order.json');
    const logFile = join(folder, `spark-${place.part}.log`);
    const follower = new SparkFollower(speech, place, order.rounds);
    const lingering = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    try {
      speech.say('train', progressOf(0, place), 'giving the rows to the cluster');
      await this.store.put(key, createReadStream(order.rows));
      const name = `ratchet-${run.model}-${run.runId}`;
      const { SPARK_WORKERS: workers = null } = this.config;
      const told = { ...order, rows: this.store.uri(key), model, name, workers, trainer_pid: process.pid };
      await writeFile(orderFile, JSON.stringify(told), { mode: 0o600 });
      speech.say('train', progressOf(0, place), `submitting to ${master}`);
      const how = await submit({
        command: this.config.SPARK_SUBMIT,
        args: sparkArguments({ ...this.config, SPARK_MASTER: master }, { name, order: orderFile }),
        env: sparkEnvironment(this.config, process.env),
        cwd: folder,
        logFile,
        signal: AbortSignal.any([signal, lingering.signal]),
        onLine: (line) => {
          follower.take(line);
          if (follower.isOver) timer ??= setTimeout(() => lingering.abort(), LINGER_MS);
        },
      });
      signal.throwIfAborted();
      // Awaited here: nobody would hear of it before the log is kept.
      return await follower.conclude(how, master, model);
    } catch (error) {
      signal.throwIfAborted();
      throw notStarted(error, this.config.SPARK_SUBMIT) ?? error;
    } finally {
      clearTimeout(timer);
      await this.keepLog(run, logFile, place.part, speech);
      await this.store
        .remove(key)
        .catch((error: unknown) => this.logger.warn({ err: error, key }, 'rows for Spark are not removed yet'));
    }
  }

  private async keepLog(
    { model, runId }: ClaimedRun,
    file: string,
    part: number,
    speech: Submitting['speech'],
  ): Promise<void> {
    try {
      await access(file);
    } catch {
      return;
    }
    try {
      const key = `${logsOf(model)}${new Date().toISOString()}-${runId}-${part}.log`;
      await this.store.put(key, createReadStream(file));
      speech.print([`The output of spark-submit is kept at ${this.store.uri(key)}`]);
      const kept = await this.store.list(logsOf(model));
      for (const old of kept.slice(0, -LOGS_KEPT)) await this.store.remove(old);
    } catch (error) {
      this.logger.warn({ err: error, run_id: runId }, 'the output of a Spark job cannot be kept');
    }
  }

  /** Removes rows that runs have left behind whose trainer died. */
  private async sweep(): Promise<void> {
    const keys = await this.store.list(ROWS);
    if (keys.length === 0) return;
    const needed = new Set((await this.queue.unfinished()).map(rowsKey));
    for (const key of keys) if (!needed.has(key)) await this.store.remove(key);
  }
}

/** What Spark itself says when it gives up, after a minute. */
const UNRESPONSIVE = 'All masters are unresponsive! Giving up.';

/** The failure of a program that could not even be started; null for other errors. */
function notStarted(error: unknown, command: string): TrainingFailure | null {
  if (!(error instanceof Error) || !('syscall' in error) || !String(error.syscall).startsWith('spawn')) return null;
  return new TrainingFailure(
    'train',
    `There is no spark-submit: "${command}" cannot be started (${error.message}).`,
    'Install Spark on the machine of the trainer (pip install pyspark will do), and let SPARK_SUBMIT name its spark-submit.',
    { cause: error },
  );
}
