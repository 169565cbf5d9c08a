import type { z } from 'zod';
import type { Encoding } from './encoding.js';
import type { Reading } from './reading.js';
import type { FeatureSource } from './source.js';
import type { TrainingColumn } from './training-column.js';

/** An encoder as the manifest has it, without what every encoder has. */
type Settings<Encoder> = Encoder extends { encoding: string } ? Omit<Encoder, 'feature' | 'source'> : never;

/** What rows that nobody has sent yet hold: one raw value for each, from the plain to the absurd. The URL of one that is derived. */
export type Examples = readonly [
  zero: unknown,
  padded: unknown,
  negative: unknown,
  huge: unknown,
  tiny: unknown,
  words: unknown,
  nested: unknown,
  beyond: unknown,
  otherType: unknown,
];

/** One feature of a definition, in use. */
export interface FeatureInUse<Encoder> {
  readonly source: FeatureSource;
  readonly reading: Reading;
  /** Encodings that its columns may have. */
  readonly encodings: readonly string[];
  /** How its values become columns, by the training part. Same rows, same answer. Throws {@link UnsuitableRows}. */
  fit(column: TrainingColumn): Promise<Settings<Encoder>>;
  /** How they become columns where nothing was fitted; null where that cannot be said. */
  readonly unfitted: Settings<Encoder> | null;
  readonly examples: Examples;
}

/** A cell of a dataset file. */
export interface CellReading {
  /** What a message says was expected, up to the word "got". */
  readonly expected: string;
  /** Null for a cell that is not what is expected. */
  read(cell: string): string | number | boolean | null;
}

/** A kind of feature: all there is to say of one, for every service. */
export interface FeatureKind<
  Schema extends z.ZodObject = z.ZodObject,
  Encodings extends readonly Encoding[] = readonly Encoding[],
> {
  /** What a definition says of such a feature; `kind` is its name. */
  readonly definition: Schema;
  readonly encodings: Encodings;
  /** What a summary of the dataset shows, and where an export has it: numbers first. */
  readonly summary: 'range' | 'values' | 'derived';
  /** Whether accuracy is shown by its values, too. */
  readonly sliced: boolean;
  readonly cell: CellReading;
  use(feature: unknown): FeatureInUse<z.output<Encodings[number]['schema']>>;
}

export function defineKind<Schema extends z.ZodObject, const Encodings extends readonly Encoding[]>(
  kind: Omit<FeatureKind<Schema, Encodings>, 'use'> & {
    use(feature: z.output<Schema>): FeatureInUse<z.output<Encodings[number]['schema']>>;
  },
): FeatureKind<Schema, Encodings> {
  return { ...kind, use: (feature) => kind.use(kind.definition.parse(feature)) };
}
