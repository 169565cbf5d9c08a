import type { Random } from '#domain/statistics/random';
import { ACTIONS, type Action, type Site, type SiteType } from '../truth/site.js';

const RULE: Record<SiteType, Action> = {
  blog: 'comment',
  forum: 'forum',
  news: 'guest',
  directory: 'profile',
  portfolio: 'profile',
};
/** Without a share of random choices nobody would ever learn what else works. */
const RANDOM_SHARE = 0.4;

/** How often a rule that knows what a task favours goes by it. */
const KNOWING_SHARE = 0.5;

/** What the engine did before there was a model, and still does for a share of the tasks: a rule of thumb, or anything. */
export function ownAction(site: Site, random: Random): Action {
  const anything = ACTIONS[Math.floor(random() * ACTIONS.length)] ?? 'comment';
  if (random() < RANDOM_SHARE) return anything;
  return site.site_type === undefined ? 'profile' : RULE[site.site_type];
}

/** What a rule does that sees what no feature says: half of the time what the task favours, else the same as ever. */
export function knowingAction(own: Action, favoured: Action, random: Random): Action {
  return random() < KNOWING_SHARE ? favoured : own;
}
