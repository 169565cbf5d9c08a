import { seedFromText } from '#domain/statistics/random';
import { deriveFromUrl } from '#features/url';
import { ACTIONS, type Action, type Platform, type Site, type SiteType, type Tld } from './site.js';

type PerAction = Readonly<Record<Action, number>>;
const per = (comment: number, profile: number, forum: number, guest: number): PerAction => ({
  comment,
  profile,
  forum,
  guest,
});

/** Everything that decides how an attempt goes: terms of a logit, added up. docs/sample-engine.md explains them. */
export interface GroundTruth {
  readonly base: PerAction;
  /** Effect of the site's own flag for the action. */
  readonly supported: { readonly yes: number; readonly no: number };
  readonly siteType: Readonly<Record<SiteType, PerAction>>;
  readonly platform: Readonly<Record<Platform, PerAction>>;
  readonly tld: Readonly<Record<Tld, PerAction>>;
  /** Per ten points of domain authority above 35; the strict sites have the high scores. */
  readonly authority: PerAction;
  /** Where a login is needed: with and without a registration form in sight. */
  readonly login: { readonly withForm: PerAction; readonly withoutForm: PerAction };
  /** Added where page authority exceeds domain authority: a page that somebody looks after. */
  readonly caredFor: PerAction;
  /** Per path segment beyond the first. */
  readonly depth: PerAction;
  readonly plainHttp: number;
  /** What a platform does with strangers, with members, and where nobody can sign up: ± this, fixed for each action. */
  readonly customs: number;
  /** All of it is multiplied by this: the larger, the less is left to chance. */
  readonly sharpness: number;
}

/** How things are when the engine starts. */
export const INITIAL: GroundTruth = {
  base: per(0, 0.2, 0.2, 0),
  supported: { yes: 0.9, no: -1.5 },
  siteType: {
    blog: per(0.5, -0.3, -0.6, 0.4),
    forum: per(-0.6, 0.5, 0.6, -0.8),
    directory: per(-0.5, 0.6, -0.4, 0.2),
    news: per(-0.3, -0.2, -0.6, 0.3),
    portfolio: per(-0.2, 0, -0.7, -0.4),
  },
  platform: {
    wordpress: per(0.7, -0.2, -0.3, 0.5),
    joomla: per(-0.6, 0.8, 0.2, -0.5),
    drupal: per(-0.8, 0.4, 0.1, 0.7),
    phpbb: per(-0.2, 0.2, 1, -0.4),
    vbulletin: per(-0.3, 0.9, -0.7, -0.4),
    discourse: per(0.3, -0.9, 0.5, -0.3),
    ghost: per(-0.9, -0.4, -0.3, 1.1),
    custom: per(0.1, -0.5, -0.6, -0.2),
  },
  tld: {
    com: per(0, 0, 0, 0),
    org: per(0.3, 0.2, -0.4, 0.4),
    net: per(-0.3, 0.3, 0.2, -0.2),
    io: per(0.4, -0.6, 0.5, 0.3),
    info: per(0.2, 0.5, -0.6, -0.4),
    ru: per(-0.9, -0.3, 0.5, -0.9),
    xyz: per(0.6, 0.4, -0.3, -0.7),
    edu: per(-1, -0.8, -0.2, 0.6),
  },
  authority: per(-0.22, -0.05, -0.12, 0.2),
  login: { withForm: per(-0.9, 0.6, 0.5, -0.3), withoutForm: per(-1.3, -1.1, -1, -0.6) },
  caredFor: per(0.6, -0.4, 0.3, -0.5),
  depth: per(0.25, -0.3, 0.15, -0.1),
  plainHttp: -0.5,
  customs: 2.6,
  sharpness: 1.2,
};

/**
 * After the drift: platforms have put up captchas and moderation, so that what used to work best works worst. A
 * model trained before is clearly worse than it was, one trained after is as good as ever.
 */
export const DRIFTED: GroundTruth = {
  ...INITIAL,
  base: per(-1, -0.8, -0.9, -0.6),
  supported: { yes: 0.1, no: -0.2 },
  platform: {
    wordpress: per(-1.2, 0.6, 0.3, -0.4),
    joomla: per(0.8, -0.9, -0.2, 0.6),
    drupal: per(0.9, -0.5, -0.1, -0.6),
    phpbb: per(0.5, -0.4, -1.3, 0.5),
    vbulletin: per(0.6, -1.1, 0.8, 0.4),
    discourse: per(-0.5, 1, -0.8, 0.3),
    ghost: per(1, 0.5, 0.3, -1.2),
    custom: per(-0.3, 0.6, 0.7, 0.3),
  },
  login: { withForm: per(0.6, -0.9, -0.8, 0.4), withoutForm: per(0.3, -0.6, -0.6, 0.2) },
  customs: -2.6,
  sharpness: 1.6,
};

const SUPPORT_FLAG = {
  comment: 'comment_supported',
  profile: 'profile_supported',
  forum: 'forum_supported',
  guest: 'guest_supported',
} as const;

const isTld = (tld: unknown, truth: GroundTruth): tld is Tld => typeof tld === 'string' && tld in truth.tld;

/** From -1 to 1, the same for ever for these three. */
function custom(platform: Platform, access: string, action: Action): number {
  return seedFromText(`${platform}/${access}/${action}`) / 2 ** 31 - 1;
}

function access(site: Site): string {
  if (site.requires_login === undefined) return 'unknown';
  if (!site.requires_login) return 'open';
  return site.registration_detected ? 'members' : 'closed';
}

/** The logit of one attempt's success. A missing feature adds nothing. */
function logit(truth: GroundTruth, site: Site, action: Action): number {
  const flag = site[SUPPORT_FLAG[action]];
  const tld = deriveFromUrl(site.url, 'tld');
  const depth = Number(deriveFromUrl(site.url, 'path_depth') ?? 1);
  const terms = [
    truth.base[action],
    flag === undefined ? 0 : flag ? truth.supported.yes : truth.supported.no,
    site.site_type === undefined ? 0 : truth.siteType[site.site_type][action],
    site.platform_guess === undefined ? 0 : truth.platform[site.platform_guess][action],
    isTld(tld, truth) ? truth.tld[tld][action] : 0,
    site.da === undefined ? 0 : (truth.authority[action] * (site.da - 35)) / 10,
    site.requires_login ? truth.login[site.registration_detected ? 'withForm' : 'withoutForm'][action] : 0,
    site.pa !== undefined && site.da !== undefined && site.pa > site.da ? truth.caredFor[action] : 0,
    truth.depth[action] * Math.max(0, depth - 1),
    site.platform_guess === undefined ? 0 : truth.customs * custom(site.platform_guess, access(site), action),
    deriveFromUrl(site.url, 'https') === false ? truth.plainHttp : 0,
  ];
  return truth.sharpness * terms.reduce((sum, term) => sum + term, 0);
}

/** Probability that one attempt of the action on the site succeeds. Only features the engine knows decide it. */
export function successProbability(truth: GroundTruth, site: Site, action: Action): number {
  return 1 / (1 + Math.exp(-logit(truth, site, action)));
}

/** The action with the best chance, as an all-knowing model would choose it. */
export function bestAction(truth: GroundTruth, site: Site): Action {
  return ACTIONS.reduce((best, action) =>
    successProbability(truth, site, action) > successProbability(truth, site, best) ? action : best,
  );
}

/** Accuracy of somebody who knows the probabilities: no model can be right more often on these attempts. */
export function bayesAccuracy(probabilities: readonly number[]): number {
  return probabilities.reduce((sum, p) => sum + Math.max(p, 1 - p), 0) / probabilities.length;
}
