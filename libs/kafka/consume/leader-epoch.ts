import type { DecodedRecord } from '../records/decode-batches.js';

const isDecoded = (record: unknown): record is DecodedRecord =>
  typeof record === 'object' && record !== null && 'batchContext' in record;

/** The leader epoch of the last record fetched. kafkajs keeps those that it does not hand on, as the markers of transactions, in a field without a type. */
export function leaderEpochOf(batch: object): number | null {
  const records: unknown = Reflect.get(batch, 'rawMessages');
  const last: unknown = Array.isArray(records) ? records.at(-1) : null;
  // Brokers write -1 where they know none.
  return isDecoded(last) && last.batchContext.leaderEpoch >= 0 ? last.batchContext.leaderEpoch : null;
}
