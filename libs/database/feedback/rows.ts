import type { FeedbackRecord, PredictionRecord } from '#domain/feedback/record';
import { jsonColumn, numberColumn, textColumn, timeColumn } from '../copy/text-format.js';

/** Where COPY writes events; `eventRow` gives the columns in this order. */
export const EVENTS_TARGET =
  'feedback.events (event_id, batch_id, model, kind, task_id, occurred_at, time_source, received_at, action, result, label, features, failure_reason, execution_time, retry_count, prediction_id, model_version, details)';

export const PREDICTIONS_TARGET =
  'feedback.predictions (prediction_id, batch_id, model, task_id, predicted_at, received_at, instance, version, generation, role, decision, propensity, probabilities, features, details)';

/** @param receivedAt microseconds since 1970 */
export function eventRow(event: FeedbackRecord, batchId: string, receivedAt: number): string {
  return `${event.eventId}\t${batchId}\t${event.model}\t${event.kind}\t${textColumn(event.taskId)}\t${timeColumn(event.occurredAt)}\t${event.timeSource}\t${timeColumn(receivedAt)}\t${textColumn(event.action)}\t${textColumn(event.result)}\t${textColumn(event.label)}\t${jsonColumn(event.features)}\t${textColumn(event.failureReason)}\t${numberColumn(event.executionTime)}\t${numberColumn(event.retryCount)}\t${textColumn(event.predictionId)}\t${textColumn(event.modelVersion)}\t${jsonColumn(event.details)}\n`;
}

/** @param receivedAt microseconds since 1970 */
export function predictionRow(p: PredictionRecord, batchId: string, receivedAt: number): string {
  return `${p.predictionId}\t${batchId}\t${p.model}\t${textColumn(p.taskId)}\t${timeColumn(p.predictedAt)}\t${timeColumn(receivedAt)}\t${textColumn(p.instance)}\t${p.version}\t${p.generation}\t${p.role}\t${textColumn(p.decision)}\t${p.propensity}\t${jsonColumn(p.probabilities)}\t${jsonColumn(p.features)}\t${jsonColumn(p.details)}\n`;
}
