import { createRequire } from 'node:module';
import { z } from 'zod';

/** What is used of the package's model. */
export interface Booster {
  train(rows: readonly (readonly number[])[], labels: readonly number[]): void;
  /** P(second class) of each row, or the probabilities of all classes. */
  predict(rows: readonly (readonly number[])[]): (number | number[])[];
  toJSON(): { model: number[] };
  free(): void;
}

const Package = z.custom<new (options: Readonly<Record<string, string | number>>) => Booster>(
  (value) => typeof value === 'function',
);

/**
 * The package's class, compiled on first use. It has no types, and exports a promise as CommonJS, which an import would
 * wrap in a module that is no promise but has a `then`.
 */
export async function loadMlXgboost() {
  return Package.parse(await createRequire(import.meta.url)('ml-xgboost'));
}
