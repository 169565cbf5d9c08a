import type { TrainingStage } from '#contracts/events/training';
import { NativeLibraryError } from '../../native/locate.js';

/** Why a run ends without a package, in words for a person: what went wrong and what to do about it. */
export class TrainingFailure extends Error {
  constructor(
    readonly stage: TrainingStage,
    readonly reason: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(`${reason} ${remedy}`, options);
    this.name = 'TrainingFailure';
  }
}

const DISK_FULL = /ENOSPC|no space left|disk.{0,10}full|could not write.*file/i;

/** Any error as a failure of the stage it happened in. */
export function asTrainingFailure(error: unknown, stage: TrainingStage): TrainingFailure {
  if (error instanceof TrainingFailure) return error;
  if (error instanceof NativeLibraryError)
    return new TrainingFailure(stage, error.reason, error.remedy, { cause: error });
  const text = error instanceof Error ? error.message : String(error);
  if (DISK_FULL.test(text))
    return new TrainingFailure(
      stage,
      `The disk is full: ${text}`,
      'Free some space in RATCHET_HOME and in the artifact store, then train again.',
      { cause: error },
    );
  if (/out of memory|bad_alloc|Array buffer allocation failed|Cannot allocate memory/i.test(text))
    return new TrainingFailure(
      stage,
      `Memory ran out: ${text}`,
      'Raise TRAINING_MEMORY_MB, or use fewer one-hot columns (one_hot_limit) or a smaller max_bin.',
      { cause: error },
    );
  return new TrainingFailure(
    stage,
    text,
    'Nothing was changed. If the message does not say what to correct, train again and look at the trainer’s log.',
    { cause: error },
  );
}
