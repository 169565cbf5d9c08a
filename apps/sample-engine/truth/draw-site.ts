import type { Random } from '#domain/statistics/random';
import { type Action, PLATFORMS, type Platform, SITE_TYPES, type Site, type SiteType, TLDS, type Tld } from './site.js';

/** How often each value comes up; the weights of a row need not sum to 1. */
const SITE_TYPE_WEIGHTS: Record<SiteType, number> = { blog: 40, forum: 27, directory: 14, news: 10, portfolio: 9 };
const TLD_WEIGHTS: Record<Tld, number> = { com: 42, org: 14, net: 12, io: 8, info: 8, ru: 6, xyz: 6, edu: 4 };
const PLATFORM_WEIGHTS: Record<SiteType, Partial<Record<Platform, number>>> = {
  blog: { wordpress: 50, ghost: 16, joomla: 12, drupal: 8, custom: 14 },
  forum: { phpbb: 32, vbulletin: 24, discourse: 24, custom: 20 },
  directory: { custom: 45, wordpress: 25, joomla: 15, drupal: 15 },
  news: { custom: 38, wordpress: 32, drupal: 30 },
  portfolio: { wordpress: 40, custom: 40, ghost: 20 },
};
/** Probability that a site of the type offers the action. */
const SUPPORT: Record<SiteType, Record<Action, number>> = {
  blog: { comment: 0.72, profile: 0.25, forum: 0.05, guest: 0.35 },
  forum: { comment: 0.12, profile: 0.8, forum: 0.88, guest: 0.04 },
  directory: { comment: 0.15, profile: 0.7, forum: 0.06, guest: 0.22 },
  news: { comment: 0.45, profile: 0.35, forum: 0.05, guest: 0.4 },
  portfolio: { comment: 0.3, profile: 0.3, forum: 0.03, guest: 0.12 },
};
const LOGIN: Record<SiteType, number> = { blog: 0.3, forum: 0.72, directory: 0.5, news: 0.5, portfolio: 0.2 };
const PATHS: Record<SiteType, readonly string[]> = {
  blog: ['', 'blog', '2025/06', 'posts', 'category/tips/articles'],
  forum: ['t', 'viewtopic', 'forums/general/threads', 'community/c/help'],
  directory: ['', 'listing', 'browse/business/local'],
  news: ['story', '2025/11/business', 'opinion'],
  portfolio: ['', 'work', 'about'],
};
const WORDS = [
  'amber',
  'birch',
  'cedar',
  'delta',
  'ember',
  'fjord',
  'grove',
  'harbor',
  'island',
  'juniper',
  'kestrel',
  'lagoon',
];

function pick<T>(items: readonly T[], random: Random): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

function pickWeighted<T extends string>(order: readonly T[], weights: Partial<Record<T, number>>, random: Random): T {
  let left = random() * order.reduce((sum, item) => sum + (weights[item] ?? 0), 0);
  for (const item of order) {
    left -= weights[item] ?? 0;
    if (left < 0) return item;
  }
  throw new Error('no weight is positive');
}

/** 0–100, most sites in the lower half: the average of two uniform draws, bent down. */
function authority(random: Random): number {
  return Math.round(100 * ((random() + random()) / 2) ** 1.3);
}

const clamp = (value: number): number => Math.min(100, Math.max(0, Math.round(value)));

/**
 * A site as the engine finds it: the next draws of `random` decide everything. About a third of the authority scores
 * and a tenth of everything else is missing, as in real crawls.
 */
export function drawSite(random: Random): Site {
  const type = pickWeighted(SITE_TYPES, SITE_TYPE_WEIGHTS, random);
  const platform = pickWeighted(PLATFORMS, PLATFORM_WEIGHTS[type], random);
  const tld = pickWeighted(TLDS, TLD_WEIGHTS, random);
  const da = authority(random);
  const pa = clamp(da * 0.7 + 25 * random());
  const name = `${pick(WORDS, random)}-${pick(WORDS, random)}-${Math.floor(random() * 10_000)}`;
  const path = pick(PATHS[type], random);
  const scheme = random() < 0.86 ? 'https' : 'http';
  const login = random() < LOGIN[type];
  const known = <T>(share: number, value: T): T | undefined => (random() < share ? value : undefined);
  const supported = (action: Action): boolean | undefined => known(0.93, random() < SUPPORT[type][action]);
  return {
    url: `${scheme}://${name}.example.${tld}/${path}${path === '' ? '' : `/${Math.floor(random() * 1000)}`}`,
    pa: known(0.65, pa),
    da: known(0.65, da),
    site_type: known(0.94, type),
    platform_guess: known(0.88, platform),
    comment_supported: supported('comment'),
    profile_supported: supported('profile'),
    forum_supported: supported('forum'),
    guest_supported: supported('guest'),
    requires_login: known(0.95, login),
    registration_detected: known(0.9, login ? random() < 0.8 : random() < 0.3),
  };
}
