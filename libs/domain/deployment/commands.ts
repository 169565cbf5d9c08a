import { ratchet } from '#contracts/command-line';
import type { VersionRef } from '#contracts/primitives';
import { approvalMissing, consentsMissing } from './consent.js';
import { Draft } from './draft.js';
import { type Decision, rejected } from './effects.js';
import type { CatalogueEntry, Context, InputOf } from './inputs.js';
import { advance } from './progress.js';
import type { ActiveDeployment, ModelState } from './state.js';
import { abort, rollBackTo, stage } from './steps.js';
import { lastGoodVersion } from './versions.js';

/** The version a command names, or why it cannot be meant. */
export function find(state: ModelState, context: Context, version: string): CatalogueEntry | Decision {
  const entry = context.catalogue.get(version);
  if (entry === undefined)
    return rejected(
      'unknown-version',
      'version',
      `${state.model} has no version ${version}; "${ratchet('list', state.model)}" shows those it has.`,
    );
  if (entry.state === 'removed')
    return rejected(
      'version-removed',
      'version',
      `${version} of ${state.model} was removed by retention; restore it from a backup or name one that is there.`,
    );
  return entry;
}

/** The answer to a command that was given on old news; null for any other. */
export function stale(state: ModelState, expected: number | null): Decision | null {
  if (expected === null || expected === state.generation) return null;
  return rejected(
    'stale-generation',
    'expected_generation',
    `The generation of ${state.model} is ${state.generation}, not ${expected}: something changed meanwhile. Look again and resend.`,
  );
}

export const inProgress = ({ model, generation }: ModelState, { kind, phase, to }: ActiveDeployment): Decision =>
  rejected(
    'deployment-in-progress',
    null,
    `A ${kind} of ${model} to ${to.version} is under way (${phase}, generation ${generation}). Wait for it, or roll back.`,
  );

export const alreadyLive = (state: ModelState, version: string): Decision =>
  rejected('already-live', 'version', `${version} of ${state.model} is live already.`);

/** An operator's deploy. */
export function deploy(state: ModelState, input: InputOf<'deploy'>, context: Context): Decision {
  const entry = find(state, context, input.version);
  if ('kind' in entry) return entry;
  const old = stale(state, input.expectedGeneration);
  if (old !== null) return old;
  if (state.active !== null) return inProgress(state, state.active);
  if (state.live?.version === input.version) return alreadyLive(state, input.version);
  const passed = entry.verdict === 'pass';
  if (!passed && !input.force)
    return rejected(
      'verdict-not-pass',
      'version',
      `The gate's verdict on ${input.version} of ${state.model} is ${entry.verdict ?? 'still missing'}; send force: true to deploy it all the same.`,
    );
  const missing = consentsMissing(state, context, input.version, input.authenticated ? input.actor : null);
  if (missing > 0) return approvalMissing(state, input.version, missing);
  const draft = new Draft(state, context);
  stage(draft, entry.ref, { trigger: 'operator', actor: input.actor, reason: input.reason, forced: !passed });
  advance(draft);
  return draft.decision();
}

/** Where a rollback leads: to a version, or to the end of what is only being tried ("give-up"). */
type Target = { to: VersionRef } | 'give-up' | Decision;

/** Whether a version is staged or a canary, but not live. */
const isTrying = ({ active }: ModelState): boolean =>
  active !== null && active.phase !== 'activating' && active.kind === 'deploy';

/** Without a version: out of a canary, else to the last good version before the live one, else out of a staging. */
function defaultTarget(state: ModelState, live: VersionRef, context: Context): Target {
  if (state.active?.phase === 'canary') return 'give-up';
  const last = lastGoodVersion(state, context.catalogue);
  if (last !== null) return { to: last };
  if (isTrying(state)) return 'give-up';
  return rejected(
    'nothing-to-roll-back-to',
    null,
    `No version of ${state.model} was live before ${live.version} that was not itself rolled back. Name the version you want.`,
  );
}

function namedTarget(state: ModelState, live: VersionRef, entry: CatalogueEntry, context: Context): Target {
  const { version } = entry.ref;
  if (live.version === version) return isTrying(state) ? 'give-up' : alreadyLive(state, version);
  const wasLive = entry.state === 'superseded' || entry.state === 'rolled-back';
  if (!wasLive && entry.verdict !== 'pass')
    return rejected(
      'verdict-not-pass',
      'version',
      `${version} of ${state.model} was never live and the gate's verdict is ${entry.verdict ?? 'still missing'}; deploy it with force: true instead.`,
    );
  const missing = wasLive ? 0 : consentsMissing(state, context, version);
  if (missing > 0) return approvalMissing(state, version, missing);
  return { to: entry.ref };
}

/** An operator's rollback: wins over whatever is going on. */
export function rollback(state: ModelState, input: InputOf<'rollback'>, context: Context): Decision {
  const entry = input.version === null ? null : find(state, context, input.version);
  if (entry !== null && 'kind' in entry) return entry;
  const old = stale(state, input.expectedGeneration);
  if (old !== null) return old;
  if (state.live === null) return rejected('nothing-to-roll-back-to', null, `No version of ${state.model} is live.`);
  const target =
    entry === null ? defaultTarget(state, state.live, context) : namedTarget(state, state.live, entry, context);
  if (target !== 'give-up' && 'kind' in target) return target;
  const draft = new Draft(state, context);
  const origin = { trigger: 'operator' as const, actor: input.actor, reason: input.reason, forced: false };
  if (target === 'give-up') abort(draft, origin, 'superseded', `rolled back by ${input.actor}: ${input.reason}`);
  else rollBackTo(draft, target.to, origin);
  advance(draft);
  return draft.decision();
}

/** Asks every instance whether it could roll back at once. */
export function drill(state: ModelState, input: InputOf<'drill'>, context: Context): Decision {
  if (state.active !== null) return inProgress(state, state.active);
  const last = state.live === null ? null : lastGoodVersion(state, context.catalogue);
  if (last === null)
    return rejected('nothing-to-roll-back-to', null, `${state.model} has no version that a rollback could go back to.`);
  const draft = new Draft(state, context);
  stage(draft, last, { trigger: 'operator', actor: input.actor, reason: input.reason, forced: false }, 'drill');
  advance(draft);
  return draft.decision();
}
