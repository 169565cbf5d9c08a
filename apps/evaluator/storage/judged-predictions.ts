import { z } from 'zod';
import type { JudgedPrediction } from '#domain/monitoring/judged-prediction';

/** An instant as Postgres gives it. */
export const Time = z.date().transform((date) => date.toISOString());

/** As Postgres has them. */
export const JudgedPredictions = z.array(
  z
    .object({
      judged_seq: z.string().transform(BigInt),
      prediction_id: z.string(),
      model: z.string(),
      version: z.string(),
      generation: z.coerce.number(),
      role: z.enum(['live', 'canary', 'shadow']),
      decision: z.string(),
      action: z.string(),
      probabilities: z.record(z.string(), z.number()),
      success: z.boolean(),
      occurred_at: Time,
    })
    .transform(
      ({ judged_seq: judgedSeq, prediction_id: predictionId, occurred_at: occurredAt, ...rest }): JudgedPrediction => ({
        judgedSeq,
        predictionId,
        occurredAt,
        ...rest,
      }),
    ),
);
