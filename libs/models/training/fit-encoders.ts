import type { Feature, ModelDefinition } from '#contracts/model-definition';
import type { Encoder } from '#contracts/model-package';
import { fitEncoder } from '#features/kinds';
import { UnsuitableRows } from '#features/training-column';
import { TrainingFailure } from './process/failure.js';
import type { TrainingDatabase } from './rows/duckdb.js';
import { trainingColumn } from './rows/training-column.js';
import type { TypedFeature, TypedRows } from './rows/typed-rows.js';

/** Fills and categories of every feature, fitted on the training part of `typed_rows`. Same rows, same encoders. */
export function fitEncoders(
  database: TrainingDatabase,
  definition: ModelDefinition,
  typed: TypedRows,
): Promise<Encoder[]> {
  return Promise.all(
    definition.features.map((feature, i) => {
      const column = typed.features[i];
      if (!column) throw new RangeError(`feature "${feature.name}" has no column`);
      return fitOne(database, definition.name, feature, column);
    }),
  );
}

async function fitOne(
  database: TrainingDatabase,
  model: string,
  feature: Feature,
  column: TypedFeature,
): Promise<Encoder> {
  try {
    return await fitEncoder(feature, trainingColumn(database, model, column));
  } catch (error) {
    if (error instanceof UnsuitableRows) throw new TrainingFailure('prepare', error.message, error.remedy);
    throw error;
  }
}
