import type { TrainingColumn } from '#features/training-column';
import type { TrainingDatabase } from './duckdb.js';
import { PARTS } from './rows-sql.js';
import type { TypedFeature } from './typed-rows.js';

/** A feature of `typed_rows` as its kind may ask about it: of the training part alone, from a time (milliseconds since 1970) on. */
export const trainingColumn = (
  database: TrainingDatabase,
  model: string,
  feature: TypedFeature,
  since: number | null = null,
): TrainingColumn => ({
  feature: feature.name,
  model,
  column: feature.column,
  from: `from typed_rows where part = ${PARTS.train}${since === null ? '' : ` and seen_at >= ${since}`}`,
  rows: (sql) => database.rows(sql),
  row: (sql) => database.row(sql),
});
