import { DecideRequest } from '#contracts/http/serving';
import { ProblemError, parseInput } from '#platform/problem';

export interface Decide {
  readonly task_id: string | number;
  readonly model?: string;
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
  const { task_id, model, site, actions, explain } = body;
  if (typeof task_id === 'string' ? task_id.length === 0 || task_id.length > 256 : !Number.isSafeInteger(task_id))
    return false;
  if (model !== undefined && typeof model !== 'string') return false;
  if (site !== undefined && !isObject(site)) return false;
  if (explain !== undefined && typeof explain !== 'boolean') return false;
  return (
    actions === undefined ||
    (Array.isArray(actions) && actions.length > 0 && actions.every((action) => typeof action === 'string'))
  );
}

/** Reads a body of `POST /v1/decide`. Throws a problem that names every field at fault. */
export function readDecide(body: unknown): Decide {
  if (fits(body)) return body;
  // Slow, but it knows what to say.
  parseInput(DecideRequest, body);
  throw new ProblemError(400, 'Invalid request', 'The request was not understood.');
}

const NONE: Record<string, unknown> = {};

/** The site, empty if there is none. */
export const siteOf = (request: Decide): Record<string, unknown> => request.site ?? NONE;

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
