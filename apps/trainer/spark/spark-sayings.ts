import { z } from 'zod';

const Count = z.int().min(0);

/** What deploy/spark-trainer/train.py says to the trainer. */
export const SparkSaying = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('started'), application: z.string(), spark: z.string(), xgboost: z.string() }),
  z.object({ kind: z.literal('rows'), train: Count, validation: Count, test: Count }),
  z.object({ kind: z.literal('training'), workers: z.int().min(1) }),
  z.object({ kind: z.literal('round'), done: Count, loss: z.number().nullable() }),
  z.object({ kind: z.literal('note'), message: z.string() }),
  z.object({
    kind: z.literal('done'),
    library: z.string(),
    rows: z.object({ train: Count, validation: Count, test: Count }),
  }),
  z.object({ kind: z.literal('failed'), error: z.string(), message: z.string() }),
]);
export type SparkSaying = z.infer<typeof SparkSaying>;

const MARK = 'RATCHET {';

/** What a line of the job's output says to the trainer; null for all that is only its log. Others may have written before it. */
export function sayingIn(line: string): SparkSaying | null {
  const at = line.indexOf(MARK);
  if (at < 0) return null;
  try {
    return SparkSaying.parse(JSON.parse(line.slice(at + MARK.length - 1)));
  } catch {
    return null;
  }
}
