import { z } from 'zod';
import { artifactsEnv, databaseEnv, homeEnv, httpEnv, kafkaEnv } from '#platform/config';

/** What the evaluator reads from the environment. */
export const EvaluatorConfig = z.object({
  ...httpEnv(7440),
  ...kafkaEnv,
  ...databaseEnv,
  ...artifactsEnv,
  ...homeEnv,
  /** How often to look for judged predictions and for work another evaluator left behind. */
  EVALUATOR_POLL_MS: z.coerce.number().int().min(10).default(1000),
  /** How often inputs are compared with the training data. */
  DRIFT_CHECK_SECONDS: z.coerce.number().min(0.05).default(60),
  /** What DuckDB may use to read a holdout. */
  EVALUATOR_MEMORY_MB: z.coerce.number().int().min(256).default(512),
});
export type EvaluatorConfig = z.infer<typeof EvaluatorConfig>;
