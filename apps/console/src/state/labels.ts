import type { Tags } from '#contracts/http/labels';

/** What people say of a version. */
export interface Labels {
  readonly description: string | null;
  readonly tags: Tags;
  readonly aliases: readonly string[];
}

/** The same as it is typed: aliases by commas, tags a line each. */
export interface LabelTexts {
  readonly description: string;
  readonly aliases: string;
  readonly tags: string;
}

/** What has to be asked for so that the one becomes the other; what stays is left out. */
export interface LabelChange {
  readonly description: string | null;
  readonly setAliases: readonly string[];
  readonly removeAliases: readonly string[];
  readonly tags: Readonly<Record<string, string | null>>;
  /** Lines that are no tags. */
  readonly notTags: readonly string[];
}

export const labelsOf = (of: {
  description?: string | null | undefined;
  tags?: Tags | undefined;
  aliases?: readonly string[] | undefined;
}): Labels => ({ description: of.description ?? null, tags: of.tags ?? {}, aliases: of.aliases ?? [] });

export const textsOf = ({ description, tags, aliases }: Labels): LabelTexts => ({
  description: description ?? '',
  aliases: aliases.join(', '),
  tags: Object.entries(tags)
    .map(([key, value]) => `${key}=${value}`)
    .join('\n'),
});

/** @param now what is said of the version */
export function labelChange(now: Labels, texts: LabelTexts): LabelChange {
  const description = texts.description.trim();
  const aliases = new Set(texts.aliases.split(/[\s,]+/).filter((alias) => alias !== ''));
  const lines = texts.tags.split('\n').filter((line) => line.trim() !== '');
  const pairs = lines.map((line): [string, string] => {
    const [key = '', ...value] = line.split('=');
    return [key.trim(), value.join('=').trim()];
  });
  const wanted = new Map(pairs);
  return {
    description: description === (now.description ?? '') ? null : description,
    setAliases: [...aliases].filter((alias) => !now.aliases.includes(alias)),
    removeAliases: now.aliases.filter((alias) => !aliases.has(alias)),
    tags: Object.fromEntries([
      ...[...wanted].filter(([key, value]) => now.tags[key] !== value),
      ...Object.keys(now.tags).flatMap((key) => (wanted.has(key) ? [] : [[key, null] as const])),
    ]),
    notTags: lines.filter((_, at) => pairs[at]?.[0] === '' || pairs[at]?.[1] === ''),
  };
}

export const changesNothing = ({ description, setAliases, removeAliases, tags }: LabelChange): boolean =>
  description === null && setAliases.length === 0 && removeAliases.length === 0 && Object.keys(tags).length === 0;
