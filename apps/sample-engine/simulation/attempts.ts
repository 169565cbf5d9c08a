import type { Random } from '#domain/statistics/random';
import type { Action, Site } from '../truth/site.js';

/** Probability that a failed attempt is tried again … */
const RETRY_SHARE = 0.25;
const MOST_RETRIES = 2;
/** … and what is left of its chance then: most failures are the site's doing and stay. */
const RETRY_CHANCE = 0.5;

export interface Attempt {
  readonly retryCount: number;
  readonly success: boolean;
  readonly failureReason: string | null;
  readonly captchaType: string | null;
  /** Seconds. */
  readonly executionTime: number;
}

/** Reasons of failures by action, the frequent ones more than once. */
const REASONS: Record<Action, readonly string[]> = {
  comment: ['captcha_failed', 'captcha_failed', 'comment_form_not_found', 'blocked', 'timeout', 'iframe_missed'],
  profile: [
    'registration_failed',
    'registration_failed',
    'email_verification_failed',
    'captcha_failed',
    'timeout',
    'popup_blocking',
  ],
  forum: ['registration_failed', 'captcha_failed', 'captcha_failed', 'element_not_found', 'blocked', 'timeout'],
  guest: ['element_not_found', 'blocked', 'timeout', 'unknown', 'email_verification_failed'],
};
const CAPTCHAS = ['recaptcha_v2', 'recaptcha_v2', 'hcaptcha', 'image'];

const pick = (items: readonly string[], random: Random): string =>
  items[Math.floor(random() * items.length)] ?? 'unknown';

function failure(site: Site, action: Action, random: Random): Pick<Attempt, 'failureReason' | 'captchaType'> {
  const unsupported = action === 'comment' && site.comment_supported === false;
  const reason = pick(unsupported ? ['comment_form_not_found'] : REASONS[action], random);
  return { failureReason: reason, captchaType: reason.startsWith('captcha') ? pick(CAPTCHAS, random) : null };
}

/**
 * The attempts of a task, in order; the last one's result is the task's.
 * @param probability that the first attempt succeeds
 */
export function drawAttempts(probability: number, site: Site, action: Action, random: Random): Attempt[] {
  const attempts: Attempt[] = [];
  for (let retryCount = 0; ; retryCount++) {
    const success = random() < (retryCount === 0 ? probability : probability * RETRY_CHANCE);
    const executionTime = Math.round(10 * (4 + 60 * random() ** 2 + (success ? 0 : 15))) / 10;
    const went = success ? { failureReason: null, captchaType: null } : failure(site, action, random);
    attempts.push({ retryCount, success, executionTime, ...went });
    if (success || retryCount === MOST_RETRIES || random() >= RETRY_SHARE) return attempts;
  }
}

/** Probability that the task ends in success, retries included, when its first attempt has this one. */
export function taskSuccessProbability(probability: number): number {
  const retry = probability * RETRY_CHANCE;
  let success = probability;
  let failed = 1 - probability;
  for (let retries = 0; retries < MOST_RETRIES; retries++) {
    const tried = failed * RETRY_SHARE;
    success += tried * retry;
    failed = tried * (1 - retry);
  }
  return success;
}
