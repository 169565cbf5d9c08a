import { z } from 'zod';
import { Backend } from '#contracts/model-definition';

/** What both sides of the training stage are told. Files hold float32 rows one after the other, or labels. */
export const StageTask = z.object({
  backend: Backend,
  train: z.string(),
  labels: z.string(),
  validation: z.string(),
  validation_labels: z.string(),
  rows: z.int(),
  validation_rows: z.int(),
  columns: z.int(),
  rounds: z.int(),
  max_depth: z.int(),
  learning_rate: z.number(),
  threads: z.int(),
  library: z.string(),
  /** Where the model goes, and with `.answers` what it says of the validation rows, as float64. */
  out: z.string(),
  /** A model file that Python is to predict with instead of training; empty for none. */
  predict: z.string(),
});
export type StageTask = z.infer<typeof StageTask>;
