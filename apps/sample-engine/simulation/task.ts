import { type Random, seededRandom, seedFromText } from '#domain/statistics/random';
import { drawSite } from '../truth/draw-site.js';
import type { Action, Site } from '../truth/site.js';
import { ownAction } from './own-rule.js';

/** Share of the tasks in which the engine goes by its own rule although a model would answer, and logs the comparison. */
const SHADOW_SHARE = 0.15;
/** Share of the outcomes of served decisions that leave the site out: it is known from the prediction then. */
const SITE_LEFT_OUT = 0.5;

export interface Task {
  readonly id: string;
  readonly site: Site;
  /** What the engine does on its own. */
  readonly own: Action;
  /** True: its own action is executed and the model's is only logged. */
  readonly shadow: boolean;
  readonly leavesSiteOut: boolean;
  /** The draws that decide how its attempts go, whatever action is chosen. */
  readonly luck: Random;
}

/**
 * The task with this number of a run. Every task has draws of its own, so that it is the same whatever happened to
 * the others: seed and number decide it, and nothing else.
 */
export function drawTask(seed: number, number: number): Task {
  const random = seededRandom(seedFromText(`${seed}/${number}`));
  const site = drawSite(random);
  return {
    id: `s${seed}-${number}`,
    site,
    own: ownAction(site, random),
    shadow: random() < SHADOW_SHARE,
    leavesSiteOut: random() < SITE_LEFT_OUT,
    luck: seededRandom(seedFromText(`${seed}/${number}/luck`)),
  };
}
