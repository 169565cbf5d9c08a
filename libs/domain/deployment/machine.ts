import type { Reconciliation } from '#contracts/http/reconciliation';
import { acknowledged, activationFailed } from './acknowledgements.js';
import { approve } from './approval.js';
import { accuracyDrop, gatePass, gateTrial } from './automatic.js';
import { canaryAbort, canaryAdvance } from './canary.js';
import { deploy, drill, rollback } from './commands.js';
import { Draft } from './draft.js';
import { type Decision, type Effect, unchanged, withLastRecords } from './effects.js';
import type { CatalogueEntry, Context, Input } from './inputs.js';
import { hasRoomAbove } from './observation.js';
import { advance } from './progress.js';
import { reconcile } from './reconciliation.js';
import { shadow } from './shadow.js';
import { standing } from './standing.js';
import type { ModelState } from './state.js';

/**
 * What should be live, decided: state and input to the next state and everything that has to happen with it, or a
 * rejection. The registry stores state and effects in one transaction; nothing else decides.
 */
export function decide(state: ModelState, input: Input, context: Context): Decision {
  const decision = decideByItself(state, input, context);
  const { highestSeen } = context;
  if (decision.kind !== 'changed' || input.kind === 'reconcile') return decision;
  if (decision.state.generation === state.generation || highestSeen <= state.generation) return decision;
  // A number that somebody made up, and leaves too few above it; reconciliation tells of it.
  if (!hasRoomAbove(highestSeen)) return decision;
  return aboveTheOthers(state, input, context);
}

/**
 * The same once more, above a generation that this registry has not given out: instances that have seen it would take
 * anything lower for old news.
 */
function aboveTheOthers(state: ModelState, input: Input, context: Context): Decision {
  const epoch = context.newId();
  const raised = { ...state, generation: context.highestSeen, epoch };
  // Whoever expected a generation was answered already: it is the one that the registry had.
  const again: Input = 'expectedGeneration' in input ? { ...input, expectedGeneration: null } : input;
  const decision = decideByItself(raised, again, context);
  if (decision.kind !== 'changed') return decision;
  const reason = `generation ${context.highestSeen} was seen, and the registry had given out ${state.generation}: it goes on above`;
  const before = { generation: state.generation, epoch: state.epoch };
  const after = { generation: decision.state.generation, epoch };
  const left: Effect = { kind: 'audit', action: 'history.left', actor: 'registry', reason, before, after };
  return { ...decision, effects: [left, ...told(state, decision.state, context), ...decision.effects] };
}

/** What the other history was is not known, and a person has to hear that there was one: what it decided may be lost. */
function told(known: ModelState, decided: ModelState, { now, newId, highestSeen }: Context): Effect[] {
  const { model, generation, live } = known;
  const detail = `Generation ${highestSeen} was found, this registry had given out ${generation} with ${live?.version ?? 'nothing'} live: what was decided meanwhile went on above it.`;
  const record: Reconciliation = {
    reconciliation_id: newId(),
    model,
    found_at: now.toISOString(),
    finding: 'other-history',
    outcome: 'restored',
    known: { generation, version: live?.version ?? null },
    seen: { generation: highestSeen, version: null, digest: null },
    generation: decided.generation,
    detail,
    decision: null,
  };
  return [
    { kind: 'reconciliation', record },
    { kind: 'alert', alert: 'history-diverged', detail },
  ];
}

function decideByItself(state: ModelState, input: Input, context: Context): Decision {
  switch (input.kind) {
    case 'deploy':
      return deploy(state, input, context);
    case 'approve':
      return approve(state, input, context);
    case 'rollback':
      return rollback(state, input, context);
    case 'drill':
      return drill(state, input, context);
    case 'gate-pass':
      return gatePass(state, input, context);
    case 'gate-trial':
      return gateTrial(state, input, context);
    case 'loaded':
    case 'activated':
      return acknowledged(state, input, context);
    case 'activation-failed':
      return activationFailed(state, input, context);
    case 'accuracy-drop':
      return accuracyDrop(state, input, context);
    case 'reconcile':
      return reconcile(state, input, context);
    case 'tick':
      return tick(state, context);
    case 'canary-advance':
      return canaryAdvance(state, input, context);
    case 'canary-abort':
      return canaryAbort(state, input, context);
    case 'shadow':
      return shadow(state, input, context);
    case 'standing':
      return standing(state, input, context);
  }
}

function tick(state: ModelState, context: Context): Decision {
  const draft = new Draft(state, context);
  advance(draft);
  return draft.state === state ? unchanged('nothing to do yet') : draft.decision();
}

/** What several inputs came to together; `why` tells of those that changed nothing. */
export interface CombinedDecision {
  state: ModelState;
  changed: boolean;
  effects: Effect[];
  why: string[];
}

/** The catalogue as it will be when the effects are written. */
function after(
  effects: readonly Effect[],
  catalogue: ReadonlyMap<string, CatalogueEntry>,
): ReadonlyMap<string, CatalogueEntry> {
  const changed = new Map(catalogue);
  for (const effect of effects) {
    const entry = effect.kind === 'version-state' ? changed.get(effect.version) : undefined;
    if (effect.kind === 'version-state' && entry) changed.set(effect.version, { ...entry, state: effect.state });
  }
  return changed;
}

/** Decides one input after the other, as if each decision had been written before the next; commands are not for this. */
export function decideAll(state: ModelState, inputs: readonly Input[], context: Context): CombinedDecision {
  const decisions: CombinedDecision = { state, changed: false, effects: [], why: [] };
  let { catalogue } = context;
  for (const input of inputs) {
    const decision = decide(decisions.state, input, { ...context, catalogue });
    if (decision.kind !== 'changed') {
      decisions.why.push(decision.kind === 'unchanged' ? decision.why : decision.detail);
      continue;
    }
    decisions.state = decision.state;
    decisions.changed = true;
    decisions.effects.push(...decision.effects);
    catalogue = after(decision.effects, catalogue);
  }
  return { ...decisions, effects: withLastRecords(decisions.effects) };
}
