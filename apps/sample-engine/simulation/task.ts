import { type Random, seededRandom, seedFromText } from '#domain/statistics/random';
import { drawSite } from '../truth/draw-site.js';
import type { Action, Site } from '../truth/site.js';
import type { TruthName } from '../truth/worlds.js';
import { favoured } from '../truth/worlds.js';
import { knowingAction, ownAction } from './own-rule.js';

/** Share of the tasks in which the engine follows the model, unless it is told otherwise; in the others it goes by its own rule and logs the comparison. */
export const USUAL_FOLLOW = 0.85;
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

/** What makes one engine another than the next. */
export interface EngineKind {
  /** Share of the tasks in which it does what the model says. */
  readonly follow: number;
  readonly truth: TruthName;
}

const USUAL_ENGINE: EngineKind = { follow: USUAL_FOLLOW, truth: 'friendly' };

/**
 * The task with this number of a run. Every task has draws of its own, so that it is the same whatever happened to
 * the others: seed and number decide it, and nothing else.
 */
export function drawTask(seed: number, number: number, engine: EngineKind = USUAL_ENGINE): Task {
  const random = seededRandom(seedFromText(`${seed}/${number}`));
  const site = drawSite(random);
  const id = `s${seed}-${number}`;
  const usual = ownAction(site, random);
  const follows = random() >= 1 - engine.follow;
  const luck = seededRandom(seedFromText(`${seed}/${number}/rule`));
  return {
    id,
    site,
    own: engine.truth === 'hidden-knowledge' ? knowingAction(usual, favoured(id), luck) : usual,
    shadow: !follows,
    leavesSiteOut: random() < SITE_LEFT_OUT,
    luck: seededRandom(seedFromText(`${seed}/${number}/luck`)),
  };
}
