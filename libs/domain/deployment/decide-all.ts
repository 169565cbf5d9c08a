import type { Effect } from './effects.js';
import type { CatalogueEntry, Context, Input } from './inputs.js';
import { decide } from './machine.js';
import type { ModelState } from './state.js';

/** What several inputs came to together; `why` tells of those that changed nothing. */
export interface JointDecision {
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

/** Only the last record of each deployment is worth writing. */
function withoutSuperseded(effects: readonly Effect[]): Effect[] {
  const last = new Map<string, number>();
  for (const [i, effect] of effects.entries())
    if (effect.kind === 'deployment') last.set(effect.record.deployment_id, i);
  return effects.filter((effect, i) => effect.kind !== 'deployment' || last.get(effect.record.deployment_id) === i);
}

/** Decides one input after the other, as if each decision had been written before the next; commands are not for this. */
export function decideAll(state: ModelState, inputs: readonly Input[], context: Context): JointDecision {
  const decisions: JointDecision = { state, changed: false, effects: [], why: [] };
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
  return { ...decisions, effects: withoutSuperseded(decisions.effects) };
}
