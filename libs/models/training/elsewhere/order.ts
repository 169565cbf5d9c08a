import { z } from 'zod';
import { Split } from '#contracts/model-definition';
import type { Place } from '../progress.js';

/** How the value of one column of the rows becomes columns of the model, in their order. */
const SpreadColumn = z.discriminatedUnion('as', [
  /** As it is, or `fill` in place of NaN; then, with `indicator`, 1 where it was NaN. */
  z.object({ name: z.string(), as: z.literal('number'), fill: z.number().nullable(), indicator: z.boolean() }),
  /** `width` columns of 0, but for a 1 at the value's position. */
  z.object({ name: z.string(), as: z.literal('one-hot'), width: z.int().min(1) }),
]);
export type SpreadColumn = z.infer<typeof SpreadColumn>;

/** What a cluster is asked to train: all that it has to know of a run. deploy/spark-trainer/train.py reads it. */
export const ClusterOrder = z.object({
  /** Parquet: `key` (its hash decides the part), `y` (class number), `weight` where it is `weighted`, and a float for each of `columns`. */
  rows: z.string(),
  columns: z.array(SpreadColumn),
  weighted: z.boolean(),
  shares: Split.shape.shares.unwrap(),
  rounds: z.int().min(1),
  /** Rounds without a lower loss on the validation part after which it stops; 0 for never. */
  early_stopping_rounds: z.int().min(0),
  /** XGBoost's own, by its own names. */
  parameters: z.record(z.string(), z.string()),
});
export type ClusterOrder = z.infer<typeof ClusterOrder>;

/** What came of it. */
export const ClusterModel = z.object({
  /** The file that `save_model` wrote, as JSON. */
  path: z.string(),
  /** Of XGBoost on the cluster. */
  library: z.string(),
  /** Rows that the cluster saw of each part. */
  rows: z.object({ train: z.int(), validation: z.int(), test: z.int() }),
  /** Of Spark. */
  version: z.string(),
  workers: z.int(),
});
export type ClusterModel = z.infer<typeof ClusterModel>;

/** Trains somewhere else; `place` is that of this training among all of the run. */
export type TrainOnCluster = (order: ClusterOrder, place: Place) => Promise<ClusterModel>;
