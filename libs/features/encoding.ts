import { z } from 'zod';
import { FeatureSource } from './source.js';

/** Numbers of a few thousand rows, as DuckDB hands them out. */
export interface Numbers {
  readonly itemCount: number;
  getItem(row: number): number | null;
}

/** Where the rows of one chunk go in a matrix. */
export interface Destination {
  readonly values: Float32Array;
  /** Columns of the whole matrix. */
  readonly columns: number;
  /** Position of the encoder's first column in the chunk's first row. */
  readonly from: number;
}

/** Writes one row's value; the columns hold anything before. */
export type RowWriter = (raw: unknown, out: Float32Array, at: number) => void;

/** How one number a row becomes the columns: itself, with something in place of NaN, or 1 in the column of that position. */
export type Spread =
  | { readonly as: 'number'; readonly fill: number | null; readonly indicator: boolean }
  | { readonly as: 'one-hot' };

/** One feature's number for every row: its value, its category's position, or NaN for missing. */
export interface ChunkWriter {
  /** SQL of a FLOAT that is never null: nulls cost the reader more than anything else. */
  readonly sql: string;
  /** What `write` does, for a cluster that does it itself; left out where it is something else, which only trains here. */
  readonly spread?: Spread;
  /** The columns hold 0 before. */
  write(numbers: Numbers, to: Destination): void;
}

/** The tensor datatype that a raw value is best sent as. */
export type RawDatatype = 'FP64' | 'BOOL' | 'BYTES';

/** What the manifest says of one feature's columns, in use. */
export interface Encoded {
  /** Names of the columns, in order. */
  readonly columns: readonly string[];
  readonly datatype: RawDatatype;
  /** Texts that an enumeration in the database numbers from 0, for the SQL of the chunk writer; null for none. */
  readonly enumeration: readonly string[] | null;
  rowWriter(): RowWriter;
  /** Writes what the row writer writes, a chunk at a time; a test compares the two. */
  chunkWriter(column: string, enumeration: string): ChunkWriter;
}

/** What the manifest says of every encoder, whatever its encoding. */
export const EncoderBase = z.object({ feature: z.string(), source: FeatureSource });

/** A way to turn a feature into columns, by the name it has in the manifest. */
export interface Encoding<Schema extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  /** What the manifest holds of it. Packages live long: it may gain a member, but never lose one. */
  readonly schema: Schema;
  open(encoder: unknown): Encoded;
}

export const defineEncoding = <Schema extends z.ZodObject>(
  name: string,
  schema: Schema,
  open: (encoder: z.output<Schema>) => Encoded,
): Encoding<Schema> => ({ name, schema, open: (encoder) => open(schema.parse(encoder)) });
