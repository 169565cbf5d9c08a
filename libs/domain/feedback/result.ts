import { type Outcome, Rejected, shown } from './record.js';

const OUTCOMES: ReadonlyMap<string, Outcome> = new Map([
  ['success', 'success'],
  ['failed', 'failed'],
  ['error', 'error'],
]);

/** The words that exports and the historical API use for the status of a link or task. */
const STATUSES: ReadonlyMap<string, Outcome | null> = new Map<string, Outcome | null>([
  ...[
    'success',
    'succeeded',
    'live',
    'active',
    'verified',
    'approved',
    'published',
    'indexed',
    'completed',
    'done',
  ].map((word): [string, Outcome] => [word, 'success']),
  ...['failed', 'failure', 'dead', 'removed', 'deleted', 'lost', 'rejected', 'inactive', 'broken', 'blocked'].map(
    (word): [string, Outcome] => [word, 'failed'],
  ),
  ['error', 'error'],
  ...['', 'pending', 'queued', 'processing', 'running', 'in_progress', 'submitted', 'new', 'unknown'].map(
    (word): [string, null] => [word, null],
  ),
]);

const words = (outcome: Outcome | null): string =>
  [...STATUSES]
    .filter(([word, meaning]) => meaning === outcome && word !== '')
    .map(([word]) => word)
    .join(', ');
const EXPECTED_STATUS = `a success (${words('success')}), a failure (${words('failed')}, error) or nothing yet (${words(null)}, empty)`;

/** success, failed or, where the format has it, error. */
export function readResult(value: string, field: string, allowed: readonly Outcome[]): Outcome {
  const outcome = OUTCOMES.get(value) ?? OUTCOMES.get(value.trim().toLowerCase());
  if (outcome === undefined || !allowed.includes(outcome))
    throw new Rejected('unknown-result', field, `expected ${allowed.join(', ')}; got ${shown(value)}`);
  return outcome;
}

/** What a status says about success; null where nothing is known yet. */
export function readStatus(value: string, field: string): Outcome | null {
  const outcome = STATUSES.get(value.trim().toLowerCase());
  if (outcome === undefined)
    throw new Rejected('unknown-result', field, `expected ${EXPECTED_STATUS}; got ${shown(value)}`);
  return outcome;
}
