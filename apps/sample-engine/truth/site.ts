/** What the simulated engine knows of a site when it decides. What is undefined was not found out, and is left out of messages. */
export interface Site {
  readonly url: string;
  readonly pa?: number | undefined;
  readonly da?: number | undefined;
  readonly site_type?: SiteType | undefined;
  readonly platform_guess?: Platform | undefined;
  readonly comment_supported?: boolean | undefined;
  readonly profile_supported?: boolean | undefined;
  readonly forum_supported?: boolean | undefined;
  readonly guest_supported?: boolean | undefined;
  readonly requires_login?: boolean | undefined;
  readonly registration_detected?: boolean | undefined;
}

export const ACTIONS = ['comment', 'profile', 'forum', 'guest'] as const;
export type Action = (typeof ACTIONS)[number];

export const SITE_TYPES = ['blog', 'forum', 'directory', 'news', 'portfolio'] as const;
export type SiteType = (typeof SITE_TYPES)[number];

export const PLATFORMS = [
  'wordpress',
  'joomla',
  'drupal',
  'phpbb',
  'vbulletin',
  'discourse',
  'ghost',
  'custom',
] as const;
export type Platform = (typeof PLATFORMS)[number];

export const TLDS = ['com', 'org', 'net', 'io', 'info', 'ru', 'xyz', 'edu'] as const;
export type Tld = (typeof TLDS)[number];
