import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { artifactsEnv, databaseEnv, homeEnv, httpEnv, kafkaEnv } from '#platform/config';
import { sparkEnv } from './spark/spark-env.js';

/** What the trainer reads from the environment. */
export const TrainerConfig = z.object({
  ...httpEnv(7430),
  ...kafkaEnv,
  ...databaseEnv,
  ...artifactsEnv,
  ...homeEnv,
  /** Threads of one training. Packages are the same to the byte only for the same number. */
  TRAINING_THREADS: z.coerce
    .number('expected a number of threads')
    .int()
    .min(1)
    .max(256)
    .default(() => availableParallelism()),
  /** What one training process may take; it is killed above it. */
  TRAINING_MEMORY_MB: z.coerce.number('expected a number of MiB').int().min(256).default(4096),
  /** How often the trainer looks for queued and orphaned runs, besides being told. */
  TRAINING_POLL_MS: z.coerce.number().int().min(10).default(1000),
  /** How often it looks whether a schedule or a first training is due. */
  SCHEDULE_POLL_MS: z.coerce.number().int().min(10).default(2000),
  /** How long a model uploaded by "ratchet register" may wait for a run that asks for it. */
  UPLOAD_GRACE_MS: z.coerce.number().int().min(10).max(86_400_000).default(3_600_000),
  /** Paths of the native libraries, if not those in RATCHET_HOME. */
  XGBOOST_LIBRARY: z.string().optional(),
  LIGHTGBM_LIBRARY: z.string().optional(),
  ...sparkEnv,
});
export type TrainerConfig = z.infer<typeof TrainerConfig>;
