import { z } from 'zod';

/** Name of a model definition: what `deploy/models/NAME.yaml` is called. */
export const ModelName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'expected lower-case letters, digits and dashes, like "backlink-outcome"')
  .meta({ id: 'ModelName', examples: ['backlink-outcome'] });

export { DEFAULT_MODEL } from './default-model.js';

/** Semantic version of a model, always with the leading v. */
export const Version = z
  .string()
  .regex(/^v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/, 'expected a version like "v1.2.0"')
  .meta({ id: 'Version', examples: ['v1.2.0'] });

/** Words that say what Ratchet itself knows of a version: as an alias, each would be untrue sooner or later. */
const RESERVED = new Set([
  ...['live', 'latest', 'newest', 'previous', 'shadow'],
  ...['registered', 'staged', 'canary', 'superseded', 'rolled-back', 'rejected', 'removed'],
]);

/** A name that people point at one version of a model at a time; none that looks like a version. */
export const Alias = z
  .string()
  .regex(
    /^(?!v\d)[a-z][a-z0-9-]{0,62}$/,
    'expected lower-case letters, digits and dashes, unlike a version: like "champion"',
  )
  .refine((name) => !RESERVED.has(name), {
    error: ({ input }) => `"${String(input)}" is Ratchet's own word for a version; choose another, like "champion"`,
  })
  .meta({ id: 'Alias', examples: ['champion'] });

/** Wherever a version is asked for. Which one an alias means is said by the answer. */
export const VersionOrAlias = z
  .string()
  .regex(
    /^(v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)|(?!v\d)[a-z][a-z0-9-]{0,62})$/,
    'expected a version like "v1.2.0", or an alias of one like "champion"',
  )
  .refine((name) => !RESERVED.has(name), {
    error: ({ input }) =>
      `"${String(input)}" is no name of a version: expected one like "v1.2.0", or an alias like "champion"`,
  })
  .meta({ id: 'VersionOrAlias', examples: ['v1.2.0', 'champion'] });

/** Content address of a package or snapshot. */
export const Digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, 'expected "sha256:" and 64 hexadecimal digits')
  .meta({ id: 'Digest' });

/** RFC 3339 time in UTC. Everything Ratchet itself writes uses this form. */
export const Timestamp = z.iso
  .datetime({ offset: true })
  .meta({ id: 'Timestamp', examples: ['2026-01-04T09:12:31.118Z'] });

export const Uuid = z.uuid();

/** Share of a whole, 0 to 1. */
export const Share = z.number().min(0).max(1);

/** Only ever increased, by the registry alone; instances obey the highest they have seen. */
export const Generation = z.int().min(0).meta({ id: 'Generation' });

/** A name or a title, which no control character can break out of. */
export const OneLine = z.string().regex(/^\P{Cc}*$/u, 'expected no control characters');

/** What a person writes, in lines. */
export const Prose = z
  .string()
  .regex(/^(?:\P{Cc}|[\t\n\r])*$/u, 'expected no control characters but line ends and tabs');

/** Who did it: a token's name, or the part of the system that acted by itself, like "gate" or "schedule". */
export const Actor = OneLine.trim().min(1).max(200);

/** What a token lets its holder do; each includes the one before. */
export const Role = z.enum(['viewer', 'operator', 'admin']).meta({ id: 'Role' });
export type Role = z.infer<typeof Role>;

/** Why a person wants it; kept in the audit log for good. */
export const Reason = Prose.trim().min(1, 'expected a reason of at least one character').max(2000);

/** A version as everything outside the registry needs it: its name and where its bytes are. */
export const VersionRef = z
  .object({ version: Version, digest: Digest, artifact_uri: z.string() })
  .meta({ id: 'VersionRef' });
export type VersionRef = z.infer<typeof VersionRef>;
