import { readAutomation } from './automation.js';
import { readDatasetRow } from './dataset.js';
import { readHistorical } from './historical.js';
import type { Reading } from './reading.js';
import type { FeedbackKind, FeedbackRecord, Fields } from './record.js';
import { readShadow } from './shadow.js';

const READERS: Record<FeedbackKind, (fields: Fields, reading: Reading) => FeedbackRecord> = {
  automation: readAutomation,
  shadow: readShadow,
  dataset: readDatasetRow,
  historical: readHistorical,
};

/** Reads an event of any kind. Throws Rejected with the reason, the field and what was expected. */
export function readFeedback(kind: FeedbackKind, fields: Fields, reading: Reading): FeedbackRecord {
  return READERS[kind](fields, reading);
}
