import { isDeepStrictEqual } from 'node:util';
import { DECISION_OPERATIONS, DecideRequest } from '#contracts/http/serving';
import { closestName } from '#domain/rows/closest-name';
import type { FeatureProblem, KnownFeatures } from '#domain/rows/known-features';
import { ProblemError, parseInput } from '#platform/problem';

export interface Decide {
  readonly task_id: string | number;
  readonly model?: string;
  readonly features?: Record<string, unknown>;
  readonly site?: Record<string, unknown>;
  readonly actions?: readonly string[];
  readonly explain?: boolean;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The contract's checks written out, because they run for every request. It may let a model name through that the
 * contract would not: no model is called so, and whoever looks it up asks the contract then.
 */
function fits(body: unknown): body is Decide {
  if (!isObject(body)) return false;
  const { task_id, model, features, site, actions, explain } = body;
  if (typeof task_id === 'string' ? task_id.length === 0 || task_id.length > 256 : !Number.isSafeInteger(task_id))
    return false;
  if (model !== undefined && typeof model !== 'string') return false;
  if (features !== undefined && !isObject(features)) return false;
  if (site !== undefined && !isObject(site)) return false;
  if (explain !== undefined && typeof explain !== 'boolean') return false;
  return (
    actions === undefined ||
    (Array.isArray(actions) && actions.length > 0 && actions.every((action) => typeof action === 'string'))
  );
}

/** Reads a body of `POST /v1/decide`. Throws a problem that names every field at fault. */
export function readDecide(body: unknown): Decide {
  if (fits(body)) {
    if (body.features !== undefined && body.site !== undefined) assertAgree(body.features, body.site);
    return body;
  }
  // Slow, but it knows what to say.
  parseInput(DecideRequest, body);
  throw new ProblemError(400, 'Invalid request', 'The request was not understood.');
}

/** `?strict=`; undefined where the query says nothing. Throws a problem for another query than the contract's. */
export function readStrict(query: Readonly<Record<string, unknown>>): boolean | undefined {
  for (const _ in query) {
    const { strict } = parseInput(DECISION_OPERATIONS.decide.query.strict(), query, 'query');
    return strict === undefined ? undefined : strict === 'true';
  }
  return undefined;
}

/** They are two names of one thing; which of two different ones is meant, nobody can know. */
function assertAgree(features: Record<string, unknown>, site: Record<string, unknown>): void {
  if (isDeepStrictEqual(features, site)) return;
  const detail = 'is another name of `features`, and says something else; send only `features`';
  throw new ProblemError(400, 'Invalid request', `The request was not understood: site: ${detail}`, [
    { field: 'site', detail },
  ]);
}

const NONE: Record<string, unknown> = {};

/** What is known of the task, empty if nothing is. */
export const featuresOf = (request: Decide): Record<string, unknown> => request.features ?? request.site ?? NONE;

/** What becomes of a value that cannot be read. */
export const COUNTS_AS_MISSING = 'it counts as missing';

export interface FieldNote {
  readonly field: string;
  readonly detail: string;
}

const MEMBERS: readonly string[] = ['task_id', 'model', 'features', 'site', 'actions', 'explain'];
const KNOWN_MEMBERS = new Set(MEMBERS);

/** Whether every name in the request is one that means something. Runs for every request. */
export function isUnderstood(request: Decide, known: KnownFeatures): boolean {
  for (const name in request) if (!KNOWN_MEMBERS.has(name)) return false;
  return known.fits(featuresOf(request));
}

function meantBy(name: string, known: KnownFeatures): string {
  if (known.has(name)) return 'it is a feature, and belongs into `features`';
  const closest = closestName(name, MEMBERS);
  return closest === null ? `known are ${MEMBERS.join(', ')}` : `did you mean "${closest}"?`;
}

/**
 * What of a request means nothing, in words. The features' problems are told in `onFeature`, too.
 *
 * @param strict whether it is an error; else a value of the wrong type counts as missing, which is said then
 */
export function notUnderstood(
  request: Decide,
  known: KnownFeatures,
  strict: boolean,
  onFeature: (problem: FeatureProblem) => void,
): FieldNote[] {
  const notes: FieldNote[] = [];
  for (const name in request) {
    if (KNOWN_MEMBERS.has(name) || notes.length === 20) continue;
    notes.push({ field: name, detail: `there is no such field; ${meantBy(name, known)}` });
  }
  const under = request.features === undefined && request.site !== undefined ? 'site' : 'features';
  for (const problem of known.problems(featuresOf(request))) {
    onFeature(problem);
    const detail = strict || problem.problem === 'unknown' ? problem.detail : `${problem.detail}; ${COUNTS_AS_MISSING}`;
    notes.push({ field: `${under}.${problem.feature}`, detail });
  }
  return notes;
}

/** Positions of the actions that are possible; null for all. Throws a problem for one the model does not know. */
export function possibleOptions(request: Decide, options: readonly string[]): number[] | null {
  if (request.actions === undefined) return null;
  const positions = request.actions.map((action) => options.indexOf(action));
  const unknown = positions.indexOf(-1);
  if (unknown >= 0) {
    const detail = `expected one of ${options.join(', ')}; got ${JSON.stringify(request.actions[unknown])}`;
    throw new ProblemError(400, 'Invalid request', `The request was not understood: actions.${unknown}: ${detail}`, [
      { field: `actions.${unknown}`, detail },
    ]);
  }
  return positions;
}

/**
 * The features as JSON text: cut out of the request's, where it is certain from where to where they go, because that takes a tenth
 * of writing them anew.
 * @param text the JSON that the request was parsed from
 */
export function featuresText(request: Decide, text: string): string {
  const key = request.features === undefined ? '"site":' : '"features":';
  const features = featuresOf(request);
  return (features === NONE ? null : objectWithin(text, key)) ?? JSON.stringify(features);
}

/** Null unless the object is flat and stands last of what has brackets, and no character of the request is escaped. */
function objectWithin(text: string, key: string): string | null {
  const at = text.indexOf(key);
  const start = at + key.length;
  if (at < 0 || text.indexOf(key, start) >= 0 || text[start] !== '{' || text.includes('\\')) return null;
  const end = text.indexOf('}', start);
  // Two closing brackets follow, the object's and the request's: so none of them stands in a text, and nothing else is left open.
  const last = text.indexOf('}', end + 1);
  if (last < 0 || text.indexOf('}', last + 1) >= 0) return null;
  return text.slice(start, end + 1);
}
