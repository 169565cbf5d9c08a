import { REASON, ratchet } from '#contracts/command-line';
import type { Draft } from './draft.js';
import { type Decision, rejected } from './effects.js';
import type { Context } from './inputs.js';
import type { ModelState } from './state.js';

/** Two tokens of one name are one person, however it is written. */
export const personOf = (actor: string): string => actor.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();

/**
 * How many more people have to consent before the version may answer anybody.
 *
 * @param also who would consent by what they do just now
 */
export function consentsMissing(
  { consents }: ModelState,
  { settings: { approvals } }: Context,
  version: string,
  also: string | null = null,
): number {
  const given = consents.filter((consent) => consent.version === version).map(({ actor }) => actor);
  const people = new Set([...given, ...(also === null ? [] : [also])].map(personOf));
  return Math.max(0, approvals - people.size);
}

/** Tells people that something waits for them. */
export function askForConsent(draft: Draft, what: string, missing: number, reason: string): void {
  const why = `${what} waits for the consent of ${others(missing)}: ${reason}`;
  draft.alert('approval-wanted', why);
  draft.audit('approval.awaited', 'gate', why);
}

/** The answer to whoever wants a version live without the people it takes. */
export const approvalMissing = ({ model }: ModelState, version: string, missing: number): Decision =>
  rejected(
    'approval-missing',
    'version',
    `${version} of ${model} needs the consent of ${others(missing)}: ${adviceOn(model, version)}. A rollback to what was live needs nobody's.`,
  );

const adviceOn = (model: string, version: string): string =>
  ratchet('approve', model, `--version ${version} ${REASON}`);

export const others = (missing: number): string => (missing === 1 ? 'one more person' : `${missing} more people`);
