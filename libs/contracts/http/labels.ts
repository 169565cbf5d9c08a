import { z } from 'zod';
import { Actor, Alias, ModelName, OneLine, Prose, Reason, Timestamp, Version, VersionOrAlias } from '../primitives.js';
import { defineOperations } from './operation.js';
import { ofModel, ofVersion } from './parameters.js';

/** So many tags a version has at most, and so many aliases a model. */
export const MOST_TAGS = 50;
export const MOST_ALIASES = 50;

export const TagKey = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$/,
    'expected at most 63 letters, digits, dots, dashes, slashes and underscores, beginning with a letter or digit',
  );
export const TagValue = OneLine.trim().min(1, 'expected a value of at least one character').max(500);

/** What people say of a version, as key and value. */
export const Tags = z.record(z.string(), z.string()).meta({ id: 'Tags', examples: [{ owner: 'ada' }] });
export type Tags = z.infer<typeof Tags>;

export const AliasRecord = z
  .object({ model: ModelName, alias: Alias, version: Version, set_by: Actor, set_at: Timestamp })
  .meta({ id: 'AliasRecord' });
export type AliasRecord = z.infer<typeof AliasRecord>;

/** `POST /v1/models/{m}/aliases` */
export const AliasBody = z
  .object({ alias: Alias, version: VersionOrAlias, reason: Reason.optional() })
  .meta({ id: 'AliasBody' });
export type AliasBody = z.infer<typeof AliasBody>;

export const AliasSet = AliasRecord.extend({
  /** What it meant until now; null where it is new. */
  previous: Version.nullable(),
}).meta({ id: 'AliasSet' });
export type AliasSet = z.infer<typeof AliasSet>;

/** `POST /v1/models/{m}/versions/{v}/tags` */
export const TagBody = z
  .object({
    /** Null takes a tag away; what is not named stays. */
    tags: z
      .record(TagKey, TagValue.nullable())
      .refine((tags) => Object.keys(tags).length > 0, 'expected at least one tag')
      .refine((tags) => Object.keys(tags).length <= MOST_TAGS, `expected at most ${MOST_TAGS} tags`),
    reason: Reason.optional(),
  })
  .meta({ id: 'TagBody' });
export type TagBody = z.infer<typeof TagBody>;

/** `POST /v1/models/{m}/versions/{v}/description` */
export const DescriptionBody = z
  .object({
    /** Empty where it is to have none. */
    description: Prose.trim().max(2000),
    reason: Reason.optional(),
  })
  .meta({ id: 'DescriptionBody' });
export type DescriptionBody = z.infer<typeof DescriptionBody>;

export const VersionLabels = z
  .object({
    model: ModelName,
    version: Version,
    description: z.string().nullable(),
    tags: Tags,
    aliases: z.array(Alias),
    /** False where it said so already. */
    changed: z.boolean(),
  })
  .meta({ id: 'VersionLabels' });
export type VersionLabels = z.infer<typeof VersionLabels>;

/** What people call versions, and say of them. It changes nothing about what is served. */
export const LABEL_OPERATIONS = defineOperations({
  listAliases: {
    method: 'GET',
    path: '/v1/models/{model}/aliases',
    tag: 'versions',
    access: 'viewer',
    summary: 'The aliases of a model, by name, each with the version it points at.',
    params: ofModel,
    replies: [{ status: 200, description: 'The aliases.', schema: z.array(AliasRecord) }],
    problems: { 404: 'There is no such model.' },
  },
  setAlias: {
    method: 'POST',
    path: '/v1/models/{model}/aliases',
    tag: 'versions',
    access: 'operator',
    summary: 'Points an alias at a version, and no longer at another.',
    description:
      'An alias stands for its version wherever a version is asked for. It changes nothing about what is served: a version goes live by a deployment.',
    params: ofModel,
    body: { description: 'The alias and its version.', schema: AliasBody },
    replies: [{ status: 200, description: 'The alias, and what it meant until now.', schema: AliasSet }],
    problems: {
      404: 'There is no such model or version.',
      409: `The version was removed, or the model has ${MOST_ALIASES} aliases.`,
    },
  },
  removeAlias: {
    method: 'DELETE',
    path: '/v1/models/{model}/aliases/{alias}',
    tag: 'versions',
    access: 'operator',
    summary: 'Takes an alias away; its version stays.',
    params: ofModel.extend({ alias: Alias }),
    replies: [{ status: 200, description: 'The alias as it was.', schema: AliasRecord }],
    problems: { 404: 'There is no such model or alias.' },
  },
  tagVersion: {
    method: 'POST',
    path: '/v1/models/{model}/versions/{version}/tags',
    tag: 'versions',
    access: 'operator',
    summary: 'Sets tags of a version and takes others away.',
    params: ofVersion,
    body: { description: 'Value by key; null takes one away.', schema: TagBody },
    replies: [{ status: 200, description: 'What is said of the version now.', schema: VersionLabels }],
    problems: { 404: 'There is no such model or version.', 409: `It would have more than ${MOST_TAGS} tags.` },
  },
  describeVersion: {
    method: 'POST',
    path: '/v1/models/{model}/versions/{version}/description',
    tag: 'versions',
    access: 'operator',
    summary: 'Says in words what a version is.',
    params: ofVersion,
    body: { description: 'The words; empty where it is to have none.', schema: DescriptionBody },
    replies: [{ status: 200, description: 'What is said of the version now.', schema: VersionLabels }],
    problems: { 404: 'There is no such model or version.' },
  },
});
