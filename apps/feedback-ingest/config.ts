import { z } from 'zod';
import { databaseEnv, homeEnv, httpEnv, kafkaEnv } from '#platform/config';

/** What feedback-ingest reads from the environment. */
export const IngestConfig = z.object({
  ...httpEnv(7420),
  ...kafkaEnv,
  ...databaseEnv,
  ...homeEnv,
  /** How often the dataset is counted and compared with the last training. */
  DATASET_CHECK_SECONDS: z.coerce.number('expected a number of seconds').min(0.1).default(60),
  /** The engine's API of past outcomes; without it, collecting answers that it is not set up. */
  HISTORICAL_API_URL: z.url('expected an address like https://engine.example.org').optional(),
  HISTORICAL_API_TOKEN: z.string().optional(),
});
export type IngestConfig = z.infer<typeof IngestConfig>;

export const INGEST_CONFIG = Symbol('INGEST_CONFIG');
