import { morePeople } from '#contracts/people';
import { alreadyLive, find, stale } from './commands.js';
import { consentsMissing, consentsTo, personOf } from './consent.js';
import { Draft } from './draft.js';
import { type Decision, rejected } from './effects.js';
import type { Context, InputOf } from './inputs.js';
import { advance } from './progress.js';
import type { ModelState } from './state.js';

/** Somebody consents to a version going live, which it does once it waited for nothing else. */
export function approve(state: ModelState, input: InputOf<'approve'>, context: Context): Decision {
  const { version, actor, reason } = input;
  const entry = find(state, context, version);
  if ('kind' in entry) return entry;
  const old = stale(state, input.expectedGeneration);
  if (old !== null) return old;
  if (context.settings.approvals === 0)
    return rejected(
      'approval-not-wanted',
      null,
      `${state.model} asks for nobody's consent: its definition has no "approvals".`,
    );
  if (state.live?.version === version) return alreadyLive(state, version);
  if (consentsTo(state, version).some((consent) => personOf(consent.actor) === personOf(actor)))
    return rejected(
      'already-approved',
      null,
      `${actor} has consented to ${version} of ${state.model} before; two tokens of one name are one person. ${sentence(consentsMissing(state, context, version))}`,
    );
  const consents = [...state.consents, { version, actor, reason, at: context.now.toISOString() }];
  const draft = new Draft({ ...state, consents }, context);
  draft.audit('version.approved', actor, `${version}: ${reason}`);
  advance(draft);
  return draft.decision();
}

const sentence = (missing: number): string =>
  missing === 0 ? 'Nobody else has to.' : `It waits for ${morePeople(missing)}.`;
