/** Refused messages of one topic and for one reason, as many as wait. */
export interface WaitingLetters {
  readonly topic: string;
  readonly reason: string;
  readonly waiting: number;
  readonly since: Date;
}

/** When feedback-ingest was last alive, by the database's clock, and how long ago that is. */
export interface Pulse {
  readonly at: Date;
  readonly ageMs: number;
}

/** The details of the alerts that are open because of these; null where there is nothing to tell. */
export interface FeedbackAlerts {
  readonly 'feedback-refused': string | null;
  readonly 'feedback-stopped': string | null;
}

/** It tells every ten seconds; a restart takes less than this. */
const SILENT_MS = 60_000;
const MOST_TOLD = 5;

/**
 * What people are told of refused messages that wait for them, and of a feedback-ingest that is gone or stands still.
 *
 * @param pulse null where feedback-ingest has never run, of which nothing is told
 */
export function feedbackAlerts(letters: readonly WaitingLetters[], pulse: Pulse | null): FeedbackAlerts {
  return {
    'feedback-refused': letters.length === 0 ? null : refused(letters),
    'feedback-stopped':
      pulse === null || pulse.ageMs < SILENT_MS
        ? null
        : `feedback-ingest has given no sign of life since ${minute(pulse.at)}. What is sent waits in Kafka, and is taken when it is back.`,
  };
}

const minute = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

function refused(letters: readonly WaitingLetters[]): string {
  const all = letters.reduce((sum, { waiting }) => sum + waiting, 0);
  const first = new Date(Math.min(...letters.map(({ since }) => since.getTime())));
  const most = letters.toSorted((a, b) => b.waiting - a.waiting || a.topic.localeCompare(b.topic));
  const told = most.slice(0, MOST_TOLD).map(({ topic, reason, waiting }) => `${waiting} of ${topic} (${reason})`);
  const more = most.length > MOST_TOLD ? [`${most.length - MOST_TOLD} more kinds`] : [];
  const what = all === 1 ? 'A refused message waits' : `${all} refused messages wait`;
  return `${what} since ${minute(first)}: ${[...told, ...more].join(', ')}.`;
}
