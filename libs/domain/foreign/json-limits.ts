/** What foreign JSON may be at most; the same for Kafka, files, HTTP and gRPC. */
export interface JsonLimits {
  /** Bytes of the whole text. */
  readonly bytes: number;
  /** Objects and arrays inside one another: whoever walks a value has a stack that ends, Postgres's among them. */
  readonly depth: number;
  /** Names of fields, in all objects together. */
  readonly keys: number;
  /** Characters of one text. */
  readonly text: number;
}

export const JSON_LIMITS: JsonLimits = {
  bytes: 16 * 1024 * 1024,
  depth: 32,
  keys: 100_000,
  text: 4 * 1024 * 1024,
};
