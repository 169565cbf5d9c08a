import type { Description } from '#features/histograms';
import type { TrainingDatabase } from './rows/duckdb.js';
import { trainingColumn } from './rows/training-column.js';
import type { TypedRows } from './rows/typed-rows.js';

/** A feature's distribution in the training part, and the SQL of the bin a row falls into. */
export interface Binned extends Description {
  readonly name: string;
}

/** What each feature looks like in the training part of `typed_rows`, from a time (milliseconds since 1970) on. */
export function describeFeatures(
  database: TrainingDatabase,
  model: string,
  typed: TypedRows,
  since: number | null = null,
): Promise<Binned[]> {
  return Promise.all(
    typed.features.map(async (feature) => ({
      name: feature.name,
      ...(await feature.reading.histogram.describe(trainingColumn(database, model, feature, since))),
    })),
  );
}
