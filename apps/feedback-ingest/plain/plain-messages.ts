import type { FeedbackRules } from '#domain/feedback/rules';
import { PlainOutcomes } from './plain-outcomes.js';
import { PlainPredictions } from './plain-predictions.js';

/** Readers of plain messages, for as long as a process runs: they remember the names that messages have. */
export class PlainMessages {
  readonly outcomes: PlainOutcomes;
  readonly predictions: PlainPredictions;

  constructor(readonly rules: FeedbackRules) {
    this.outcomes = new PlainOutcomes(rules);
    this.predictions = new PlainPredictions(rules);
  }
}
