import { REASON, ratchet } from '#contracts/command-line';
import { morePeople } from '#contracts/people';
import type { Draft } from './draft.js';
import { type Decision, rejected } from './effects.js';
import type { Context } from './inputs.js';
import type { ModelState } from './state.js';

/** Two tokens of one name are one person, however it is written. */
export const personOf = (actor: string): string => actor.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();

export type Consent = Omit<ModelState['consents'][number], 'version'>;

/** Who has consented to a version, and why. */
export const consentsTo = ({ consents }: ModelState, version: string): Consent[] =>
  consents.filter((consent) => consent.version === version).map(({ version: _, ...consent }) => consent);

/**
 * How many more people have to consent before the version may answer anybody.
 *
 * @param also who would consent by what they do just now
 */
export function consentsMissing(
  state: ModelState,
  { settings: { approvals } }: Context,
  version: string,
  also: string | null = null,
): number {
  const given = consentsTo(state, version).map(({ actor }) => actor);
  const people = new Set([...given, ...(also === null ? [] : [also])].map(personOf));
  return Math.max(0, approvals - people.size);
}

/** Tells people that something waits for them. */
export function askForConsent(draft: Draft, what: string, missing: number, reason: string): void {
  const why = `${what} waits for the consent of ${morePeople(missing)}: ${reason}`;
  draft.alert('approval-wanted', why);
  draft.audit('approval.awaited', 'gate', why);
}

/** The answer to whoever wants a version live without the people it takes. */
export const approvalMissing = ({ model }: ModelState, version: string, missing: number): Decision =>
  rejected(
    'approval-missing',
    'version',
    `${version} of ${model} needs the consent of ${morePeople(missing)}: ${ratchet('approve', model, `--version ${version} ${REASON}`)}. A rollback to what was live needs nobody's.`,
  );
