import type { RecentGate } from './events/evaluation.js';

/** Why the rows since some moment are judged apart, for a sentence that begins with "as". */
export const RECENT_REASONS: Readonly<Record<RecentGate['because'], string>> = {
  'accuracy-drop': 'live accuracy has dropped',
  changed: 'training found that the newest rows are foreseen better by what has learnt mostly from them',
  window: 'the live version has learnt from its newest rows alone',
  'data-drift': 'inputs have drifted',
  definition: 'the definition asks for them',
};
