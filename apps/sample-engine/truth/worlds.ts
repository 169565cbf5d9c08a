import { seedFromText } from '#domain/statistics/random';
import { DRIFTED, type GroundTruth, INITIAL, successProbability } from './ground-truth.js';
import type { Action, Site } from './site.js';

/** What the engine may be run with as its ground truth. */
export const TRUTHS = ['friendly', 'rare-success', 'hidden-knowledge', 'rotating'] as const;
export type TruthName = (typeof TRUTHS)[number];

/** How things are at one moment of a run. */
export interface Moment {
  /** Whether `--drift-at` is over. */
  readonly drifted: boolean;
  /** Since the start. */
  readonly seconds: number;
  /** Which task it is about: what nobody logs may differ from task to task. */
  readonly task: string;
}

/** Lowers every logit, so that about 3 % of the engine's own tasks succeed. */
const RARE = 6;
/** What the logit of the action gains that a task happens to favour. */
const FAVOUR = 2.5;
/** Time of a whole turn from the initial truth to the drifted one and back. */
const TURN_SECONDS = 3600;

/**
 * Probability that one attempt succeeds.
 *
 * - `friendly`: what the engine has always done. All that decides is known to the model.
 * - `rare-success`: the same, and hardly anything works.
 * - `hidden-knowledge`: each task favours one of the actions. The engine's own rule knows which; no feature says it.
 * - `rotating`: within an hour, what used to work stops working, and comes back.
 */
export function chanceOf(truth: TruthName, site: Site, action: Action, moment: Moment): number {
  const base = moment.drifted ? DRIFTED : INITIAL;
  switch (truth) {
    case 'friendly':
      return successProbability(base, site, action);
    case 'rare-success':
      return shifted(successProbability(base, site, action), -RARE);
    case 'hidden-knowledge':
      return shifted(successProbability(base, site, action), action === favoured(moment.task) ? FAVOUR : 0);
    case 'rotating':
      return turned(base, site, action, moment.seconds);
  }
}

const ACTIONS_IN_TURN: readonly Action[] = ['comment', 'profile', 'forum', 'guest'];

/** The action that a task happens to favour, which is in no feature. */
export function favoured(task: string): Action {
  return ACTIONS_IN_TURN[seedFromText(`${task}/favour`) % ACTIONS_IN_TURN.length] ?? 'comment';
}

const shifted = (probability: number, logit: number): number =>
  1 / (1 + Math.exp(-(Math.log(probability / (1 - probability)) + logit)));

/** Between the two truths, and back. */
function turned(base: GroundTruth, site: Site, action: Action, seconds: number): number {
  const share = (1 - Math.cos((2 * Math.PI * seconds) / TURN_SECONDS)) / 2;
  const other = base === INITIAL ? DRIFTED : INITIAL;
  return (1 - share) * successProbability(base, site, action) + share * successProbability(other, site, action);
}
