import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { TrainingStage } from '#contracts/events/training';
import { EventProducer } from '#kafka/produce/producer';
import type { Logger } from '#platform/logging';
import { CLOCK, type Clock, LOGGER } from '../keys.js';
import type { ClaimedRun } from '../storage/claimed-run.js';
import { RunQueue } from '../storage/run-queue.js';

/** A run says something at most this often, except when it enters a new stage. */
const MINIMUM_INTERVAL_MS = 500;

/** The end of a run waits no longer than this for what is still to be said, as while Kafka is away. */
const SETTLING_MS = 5_000;

/** Of what a training prints, this many lines go into the log of its run. */
const PRINTED_KEPT = 200;

/** Tells the world how a run goes. What is lost on the way does not matter: the run's end is told by its own event. */
@Injectable()
export class ProgressReports {
  constructor(
    @Inject(RunQueue) private readonly queue: RunQueue,
    @Inject(EventProducer) private readonly producer: EventProducer,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  of(run: ClaimedRun): RunProgress {
    let last: { stage: TrainingStage; at: number } = { stage: 'queued', at: 0 };
    let room = PRINTED_KEPT;
    let sending: Promise<unknown> = Promise.resolve();
    let over = false;
    const then = (send: () => Promise<unknown>): void => {
      sending = sending
        .then(() => (over ? undefined : send()))
        .catch((error: unknown) => this.logger.debug({ err: error, run_id: run.runId }, 'progress not reported'));
    };
    return {
      say: (stage, progress, message) => {
        const now = this.clock();
        if (stage === last.stage && now.getTime() - last.at < MINIMUM_INTERVAL_MS) return;
        last = { stage, at: now.getTime() };
        const event = {
          run_id: run.runId,
          request_id: run.requestId,
          model: run.model,
          stage,
          progress,
          message,
          at: now.toISOString(),
        };
        then(() =>
          Promise.all([this.queue.progress(run, event, null), this.producer.publish('training.progress', event)]),
        );
      },
      print: (lines) => {
        const kept = lines.slice(0, room);
        room -= kept.length;
        const { stage } = last;
        const at = this.clock().toISOString();
        if (kept.length > 0) then(() => this.queue.note(run, stage, at, kept));
      },
      stage: () => last.stage,
      settled: async () => {
        await Promise.race([sending, pause(SETTLING_MS, undefined, { ref: false })]);
        over = true;
      },
    };
  }
}

export interface RunProgress {
  say(stage: TrainingStage, progress: number, message: string): void;
  /** Lines that the training printed, for the log of the run. */
  print(lines: readonly string[]): void;
  /** Where the run is. */
  stage(): TrainingStage;
  /**
   * Resolves when everything said so far has been sent or given up, so that nothing overtakes the run's end. Nothing is sent
   * afterwards.
   */
  settled(): Promise<void>;
}
