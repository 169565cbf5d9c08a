import type { RejectionReason } from '#contracts/events/feedback';
import type { ImportKind } from '#contracts/http/ingest';

/** Which format an event came in; the same word for a file, a topic and the API. */
export type FeedbackKind = ImportKind;

/** How an executed action went. `error` counts as not successful, like `failed`. */
export type Outcome = 'success' | 'failed' | 'error';

export type Fields = Record<string, unknown>;

/** One event of any format, as it is stored. Times are microseconds since 1970, UTC. */
export interface FeedbackRecord {
  readonly eventId: string;
  readonly kind: FeedbackKind;
  readonly model: string;
  readonly taskId: string;
  readonly occurredAt: number;
  /** `received`: the event said nothing, the time it was received stands in. */
  readonly timeSource: 'event' | 'received';
  /** What was executed, in the spelling of the model definition. */
  readonly action: string | null;
  /** Null where nothing is known yet, like a row whose status is Pending. */
  readonly result: Outcome | null;
  readonly label: string | null;
  /** What the event itself says about the site. */
  readonly features: Fields | null;
  readonly failureReason: string | null;
  readonly executionTime: number | null;
  readonly retryCount: number | null;
  readonly predictionId: string | null;
  readonly modelVersion: string | null;
  /** Everything else that came along: unknown fields, and what a shadow model suggested. */
  readonly details: Fields | null;
}

/** A decision of serving, as it is stored. */
export interface PredictionRecord {
  readonly predictionId: string;
  readonly model: string;
  readonly taskId: string;
  readonly predictedAt: number;
  readonly instance: string;
  readonly version: string;
  readonly generation: number;
  readonly role: 'live' | 'canary' | 'shadow';
  readonly decision: string;
  readonly propensity: number;
  readonly probabilities: Fields;
  readonly features: Fields | null;
  readonly details: Fields | null;
}

/** Why a message or line is not taken. Thrown by the readers; the detail says what was expected. */
export class Rejected extends Error {
  constructor(
    readonly reason: RejectionReason,
    readonly field: string | null,
    readonly detail: string,
  ) {
    super(detail);
    this.name = 'Rejected';
  }
}

/** A value as it may stand in an error message. */
export function shown(value: unknown): string {
  const text = typeof value === 'object' && value !== null ? describe(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** Not the content: it may be nested deeper than JSON.stringify's stack reaches. */
function describe(value: object): string {
  return Array.isArray(value) ? `an array of ${value.length}` : `an object with ${Object.keys(value).length} fields`;
}
