import { z } from 'zod';

/** Which rows of the training part a model learns from. The holdout is never cut: its rows belong to it for ever. */
export const TrainingWindow = z
  .union([
    /** `auto`: all rows, unless a model of the newest ones alone foresees the newest validation rows better for sure. */
    z.enum(['auto', 'all']),
    /** The newest days, counted back from the newest row. */
    z.strictObject({ days: z.number().gt(0) }),
    /** The newest rows of the dataset, those of the other parts included. */
    z.strictObject({ rows: z.int().min(100) }),
    /** All rows, each counting half as much for every so many days that it is older than the newest. */
    z.strictObject({ half_life: z.number().gt(0) }),
  ])
  .meta({ id: 'TrainingWindow' });
export type TrainingWindow = z.infer<typeof TrainingWindow>;
