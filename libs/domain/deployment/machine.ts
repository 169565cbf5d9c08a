import { acknowledged, activationFailed } from './acknowledgements.js';
import { accuracyDrop, gatePass } from './automatic.js';
import { canaryAbort, canaryAdvance } from './canary.js';
import { deploy, drill, rollback } from './commands.js';
import { Draft } from './draft.js';
import { type Decision, unchanged } from './effects.js';
import type { Context, Input } from './inputs.js';
import { advance } from './progress.js';
import { shadow } from './shadow.js';
import type { ModelState } from './state.js';

/**
 * What should be live, decided: state and input to the next state and everything that has to happen with it, or a
 * rejection. The registry stores state and effects in one transaction; nothing else decides.
 */
export function decide(state: ModelState, input: Input, context: Context): Decision {
  switch (input.kind) {
    case 'deploy':
      return deploy(state, input, context);
    case 'rollback':
      return rollback(state, input, context);
    case 'drill':
      return drill(state, input, context);
    case 'gate-pass':
      return gatePass(state, input, context);
    case 'loaded':
    case 'activated':
      return acknowledged(state, input, context);
    case 'activation-failed':
      return activationFailed(state, input, context);
    case 'accuracy-drop':
      return accuracyDrop(state, input, context);
    case 'tick':
      return tick(state, context);
    case 'canary-advance':
      return canaryAdvance(state, input, context);
    case 'canary-abort':
      return canaryAbort(state, input, context);
    case 'shadow':
      return shadow(state, input, context);
  }
}

function tick(state: ModelState, context: Context): Decision {
  const draft = new Draft(state, context);
  advance(draft);
  return draft.state === state ? unchanged('nothing to do yet') : draft.decision();
}
