/** The three numbers of a version like v1.2.0. */
export interface SemanticVersion {
  major: number;
  minor: number;
  patch: number;
}

const PATTERN = /^v(\d+)\.(\d+)\.(\d+)$/;

/** Throws when the text is not like "v1.2.0". */
export function parseVersion(text: string): SemanticVersion {
  const match = PATTERN.exec(text);
  if (match === null) throw new Error(`"${text}" is not a version; expected one like "v1.2.0"`);
  return { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3]) };
}

export const formatVersion = (version: SemanticVersion): string =>
  `v${version.major}.${version.minor}.${version.patch}`;

/** Negative when a is older than b, 0 when equal: for `sort`, oldest first. */
export function compareVersions(a: string, b: string): number {
  const left = parseVersion(a);
  const right = parseVersion(b);
  return left.major - right.major || left.minor - right.minor || left.patch - right.patch;
}

/** The newest of them by number, or null of none. */
export function highestVersion(versions: Iterable<string>): string | null {
  let highest: string | null = null;
  for (const version of versions) if (highest === null || compareVersions(version, highest) > 0) highest = version;
  return highest;
}
