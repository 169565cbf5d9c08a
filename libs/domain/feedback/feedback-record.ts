import type { Reading } from './reading.js';
import type { FeedbackKind, FeedbackRecord } from './record.js';
import type { ModelRules } from './rules.js';
import type { Micros } from './timestamp.js';

/** The members of a record that every reader fills in by itself. */
type Said = 'action' | 'result' | 'label' | 'features' | 'details';
/** Those that not every format has. */
type Further = 'failureReason' | 'executionTime' | 'retryCount' | 'predictionId' | 'modelVersion';

/**
 * An event as it is stored.
 *
 * @param time when the event says that it happened; null where it says nothing
 */
export function feedbackRecord(
  kind: FeedbackKind,
  { eventId, receivedAt }: Pick<Reading, 'eventId' | 'receivedAt'>,
  { model }: Pick<ModelRules, 'model'>,
  taskId: string,
  time: Micros | null,
  said: Pick<FeedbackRecord, Said> & Partial<Pick<FeedbackRecord, Further>>,
): FeedbackRecord {
  return {
    eventId,
    kind,
    model,
    taskId,
    occurredAt: time ?? receivedAt,
    timeSource: time === null ? 'received' : 'event',
    action: said.action,
    result: said.result,
    label: said.label,
    features: said.features,
    failureReason: said.failureReason ?? null,
    executionTime: said.executionTime ?? null,
    retryCount: said.retryCount ?? null,
    predictionId: said.predictionId ?? null,
    modelVersion: said.modelVersion ?? null,
    details: said.details,
  };
}
