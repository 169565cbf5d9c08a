import { BinaryRows } from '#database/copy/binary-rows';
import type { FeedbackRecord, PredictionRecord } from '#domain/feedback/record';

/** Records of one table, ready for COPY. */
export interface RecordRows {
  /** The table, and its columns in the order of the rows. */
  readonly target: string;
  /** The first column of each is what it is known by, once and for all. */
  readonly rows: BinaryRows;
}

/** Where a row has its batch: behind the count of columns and the id, each column behind its length. */
const BATCH_ID_AT = 2 + 4 + 16 + 4;

/** Says which batch the rows belong to; until then it is batch 0. */
export function assignBatch(records: RecordRows, batchId: number): void {
  records.rows.replaceBigint(BATCH_ID_AT, batchId);
}

/** Events on their way into `feedback.events`. */
export class EventRows implements RecordRows {
  readonly target =
    'feedback.events (event_id, batch_id, model, kind, task_id, occurred_at, time_source, received_at, action, result, label, features, failure_reason, execution_time, retry_count, prediction_id, model_version, details)';
  readonly rows: BinaryRows;

  /** @param bytes about how much is coming */
  constructor(bytes?: number) {
    this.rows = new BinaryRows(18, bytes);
  }

  /** @param receivedAt microseconds since 1970 */
  add(event: FeedbackRecord, receivedAt: number): void {
    const { rows } = this;
    rows.begin();
    rows.uuid(event.eventId);
    rows.bigint(0);
    rows.text(event.model);
    rows.text(event.kind);
    rows.text(event.taskId);
    rows.timestamptz(event.occurredAt);
    rows.text(event.timeSource);
    rows.timestamptz(receivedAt);
    rows.text(event.action);
    rows.text(event.result);
    rows.text(event.label);
    rows.json(event.features);
    rows.text(event.failureReason);
    rows.double(event.executionTime);
    rows.integer(event.retryCount);
    rows.uuid(event.predictionId);
    rows.text(event.modelVersion);
    rows.json(event.details);
  }
}

/** Decisions of serving on their way into `feedback.predictions`. */
export class PredictionRows implements RecordRows {
  readonly target =
    'feedback.predictions (prediction_id, batch_id, model, task_id, predicted_at, received_at, instance, version, generation, role, decision, propensity, probabilities, features, details)';
  readonly rows: BinaryRows;

  /** @param bytes about how much is coming */
  constructor(bytes?: number) {
    this.rows = new BinaryRows(15, bytes);
  }

  /** @param receivedAt microseconds since 1970 */
  add(prediction: PredictionRecord, receivedAt: number): void {
    const { rows } = this;
    rows.begin();
    rows.uuid(prediction.predictionId);
    rows.bigint(0);
    rows.text(prediction.model);
    rows.text(prediction.taskId);
    rows.timestamptz(prediction.predictedAt);
    rows.timestamptz(receivedAt);
    rows.text(prediction.instance);
    rows.text(prediction.version);
    rows.bigint(prediction.generation);
    rows.text(prediction.role);
    rows.text(prediction.decision);
    rows.double(prediction.propensity);
    rows.json(prediction.probabilities);
    rows.json(prediction.features);
    rows.json(prediction.details);
  }
}
