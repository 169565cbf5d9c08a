import type { FeatureProblem } from '../rows/known-features.js';
import type { FeedbackRules } from './rules.js';
import type { Micros } from './timestamp.js';

/** What a reader needs beside the event itself. */
export interface Reading {
  readonly eventId: string;
  readonly rules: FeedbackRules;
  /** The model of an event that names none; the default model if left out. */
  readonly model?: string | undefined;
  /** When the event was received: stands in for the time of an event that says nothing. */
  readonly receivedAt: Micros;
  /** Told of each feature of an event that its model does not know, or cannot read. */
  readonly onFeature?: ((model: string, problem: FeatureProblem) => void) | undefined;
  /** The present. */
  readonly now: Micros;
}
