import { readText } from './coercion.js';
import type { UrlDerivation } from './source.js';

export interface UrlParts {
  /** Host in lower case, without a leading "www.", port or trailing dot. */
  readonly domain: string;
  /** Last label of a host name with at least two labels; null for IP addresses and bare names. */
  readonly tld: string | null;
  /** Number of non-empty path segments. */
  readonly pathDepth: number;
  readonly https: boolean;
}

/**
 * URLs that need no normalising, which is nearly all of them: plain host whose last label starts with a letter, and a
 * path without dot segments or backslashes. Ten times faster than the URL class, and tested to agree with it.
 */
const PLAIN = /^(https?):\/\/((?:[a-z0-9-]+\.)*[a-z][a-z0-9-]*)(?::[0-9]{1,4})?(\/[^?#\\\s]*)?(?:[?#][^\t\n\r]*)?$/i;
const NEEDS_NORMALISING = /\/\.|%2e|xn--/i;

/** Reads an absolute http(s) URL; null for anything else. */
export function parseUrl(url: unknown): UrlParts | null {
  const text = readText(url);
  if (text === null) return null;
  const plain = NEEDS_NORMALISING.test(text) ? null : PLAIN.exec(text);
  if (plain) return partsOf(plain[1] ?? '', plain[2] ?? '', plain[3] ?? '');
  return parseAnyUrl(text);
}

/** The same for any URL, by the URL class. Not by URL.canParse: once optimised, Node 20's misreads Latin-1 strings. */
export function parseAnyUrl(text: string): UrlParts | null {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return null;
  }
  const { protocol, hostname, pathname } = url;
  if (protocol !== 'http:' && protocol !== 'https:') return null;
  return partsOf(protocol.slice(0, -1), hostname, pathname);
}

function partsOf(scheme: string, hostname: string, path: string): UrlParts | null {
  let domain = hostname.toLowerCase();
  if (domain.endsWith('.')) domain = domain.slice(0, -1);
  if (domain.startsWith('www.') && domain.indexOf('.', 4) > 0) domain = domain.slice(4);
  if (domain === '') return null;
  const dot = domain.lastIndexOf('.');
  const last = domain.slice(dot + 1);
  const tld = dot > 0 && /^[a-z]/.test(last) ? last : null;
  return { domain, tld, pathDepth: countSegments(path), https: scheme.toLowerCase() === 'https' };
}

function countSegments(path: string): number {
  let segments = 0;
  for (let i = 0; i < path.length; i++) if (path[i] !== '/' && (i === 0 || path[i - 1] === '/')) segments++;
  return segments;
}

/** One part of parsed URL parts: text, count or truth; null where the URL could not be read. */
export function urlPart(parts: UrlParts | null, part: UrlDerivation): string | number | boolean | null {
  if (parts === null) return null;
  switch (part) {
    case 'domain':
      return parts.domain;
    case 'tld':
      return parts.tld;
    case 'path_depth':
      return parts.pathDepth;
    case 'https':
      return parts.https;
  }
}

/** The part of a URL that a feature is derived from. Total: a missing or broken URL, or one that is not http(s), gives null. */
export function deriveFromUrl(url: unknown, part: UrlDerivation): string | number | boolean | null {
  return urlPart(parseUrl(url), part);
}
