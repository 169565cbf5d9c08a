import type { FailureRateReduction, GateCheck, Interval } from '#contracts/events/evaluation';
import { broken, type GateInput } from './gate-input.js';
import type { Renewal } from './profiles.js';
import { isNothing, outcomeOf, renewalDemand } from './threshold.js';
import { share, signed, within } from './wording.js';

/** Where fewer tasks than this succeed, failures hardly change, whatever is done; successes do. */
const RARE_SUCCESS = 0.2;
/** On more rows than this, a model that recommends has to tell its actions apart, at least in some. */
const ALL_ALIKE = 0.95;
/** If whoever chose the actions knew more than the log says, a first version may yet be worse than what was done; not by more than this. */
const WORST_OF_A_FIRST = 0.75;

/** What the choices of the two are compared by. */
export interface Gain {
  readonly measure: 'failures' | 'successes';
  readonly value: number;
  readonly interval: Interval | null;
  readonly wanted: number;
}

/** The relative drop in failures; of rare successes their relative gain. Null where nothing could be estimated. */
export function gainOf({ failureRateReduction: found, settings }: GateInput): Gain | null {
  const { value, interval, success_gain: gain, baseline_failure_rate: failures } = found;
  if (value === null) return null;
  const rare = settings.profile === 'policy' && gain && 1 - (failures ?? 0) < RARE_SUCCESS;
  return rare
    ? { measure: 'successes', value: gain.value, interval: gain.interval, wanted: settings.successGain }
    : { measure: 'failures', value, interval, wanted: settings.failureRateReduction };
}

/** What a trial would have to show: the same that the holdout was asked for; after a drop, that it is better at all. */
export function demandOfTrial({ failureRateReduction: found, settings }: GateInput) {
  const succeeding = 1 - (found.baseline_failure_rate ?? 0);
  // What takes the place of a version that the world has left behind has to be better for sure, by however little.
  const asked = (wanted: number) => (settings.renewal === null ? wanted : 0);
  return settings.profile === 'policy' && succeeding < RARE_SUCCESS
    ? { measure: 'successes' as const, wanted: asked(settings.successGain) }
    : { measure: 'failures' as const, wanted: asked(settings.failureRateReduction) };
}

export function failureReduction(input: GateInput): GateCheck {
  const { champion, settings, failureRateReduction: found } = input;
  const check = 'failure_rate_reduction';
  const threshold = champion ? settings.failureRateReduction : 0;
  const as = (outcome: GateCheck['outcome'], explanation: string, of = threshold): GateCheck => ({
    check,
    outcome,
    value: gainOf(input)?.value ?? found.value,
    threshold: of,
    explanation,
  });
  if (found.method === 'not-applicable') return as('not-applicable', 'This model chooses no actions.');
  if (found.value !== null && !Number.isFinite(found.value))
    return broken(check, threshold, `expected a number, got ${found.value}`);
  if (champion && settings.renewal !== null) return renewal(input, settings.renewal, as);
  const gain = gainOf(input);
  if (gain === null) {
    const missing = `Failure rate not comparable: ${whatIsMissing(input)}.${unexplored(found)}`;
    return as(champion ? 'inconclusive' : 'not-applicable', missing);
  }
  const numbers = describeGain(found, gain);
  if (!champion)
    return as(
      firstVersion(found, gain, settings.failureRateReduction),
      `${numbers}; needed not worse than what was done before it${found.method === 'matched-replay' ? ', nor three quarters as many failures again if whoever chose the actions knew more than the log says' : ''}.`,
    );
  if (found.changed_decisions === 0 || (gain.interval && isNothing(gain.interval)))
    return as('inconclusive', `${numbers}: both choose alike on every row, so nothing tells them apart.`, gain.wanted);
  if (found.method === 'matched-replay') return replayed(input, gain, as, numbers);
  const outcome = outcomeOf(gain.value, gain.wanted, gain.interval);
  const doubt = outcome === 'inconclusive' ? ', and the interval has to agree' : '';
  return as(outcome, `${numbers}; needed at least ${signed(gain.wanted)}${doubt}.`, gain.wanted);
}

/**
 * Replay takes it that who chose the action knew no more than the log says. So it may only second what was found without it: with
 * the three demands of `seed`, accuracy and macro-F1 have to hold as well; where choices alone decide, it decides nothing.
 */
function replayed(
  { settings, failureRateReduction: found }: GateInput,
  gain: Gain,
  as: (outcome: GateCheck['outcome'], explanation: string, of?: number) => GateCheck,
  numbers: string,
): GateCheck {
  const chance = found.chance_interval ?? null;
  const seconds = settings.profile === 'seed' && outcomeOf(gain.value, gain.wanted, chance) === 'pass';
  return as(
    seconds ? 'pass' : 'inconclusive',
    seconds
      ? `${numbers}, by chance alone${within(chance)}; needed at least ${signed(gain.wanted)}. Assumes that whoever chose the actions knew no more than the log says, so it counts beside accuracy and macro-F1 only.`
      : `${numbers}; needed at least ${signed(gain.wanted)}. Replaying what was done decides nothing alone: whoever chose the actions may have known more than the log says.${unexplored(found)}`,
    gain.wanted,
  );
}

/**
 * What is there has been left behind, so that a challenger need not be better for sure: its choices must not look worse, nor make more
 * than this of all tasks fail for sure; of one that foresees outcomes better for sure, only the latter, as few rows tell of choices.
 * Accuracy cannot stand in for that: there may be outcomes of the champion's choices alone, and what has learnt from them may foresee
 * them best and choose anything elsewhere. Of choices of which nothing is known all may fail.
 */
function renewal(
  input: GateInput,
  demand: Renewal,
  as: (outcome: GateCheck['outcome'], explanation: string, of?: number) => GateCheck,
): GateCheck {
  const changed = input.failureRateReduction.changed_decisions ?? 1;
  const { margin } = demand;
  const needed = renewalDemand(demand, `in more than ${share(margin)} of the tasks`);
  const { failureRateReduction: found, gain, where } = knownOfChoices(input);
  if (changed <= margin) {
    const numbers = gain === null ? '' : `${describeGain(found, gain)}${where}; `;
    return as('pass', `${numbers}the two choose differently on ${share(changed)} of the rows; ${needed}.`, 0);
  }
  if (gain === null) {
    const missing = `Failure rate not comparable: ${whatIsMissing(input)}`;
    return as(
      'inconclusive',
      `${missing}, and the two choose differently on ${share(changed)} of the rows; ${needed}.${unexplored(found)}`,
      0,
    );
  }
  const replay = found.method === 'matched-replay';
  const interval = replay ? (found.chance_interval ?? null) : gain.interval;
  // In points of all tasks.
  const base =
    gain.measure === 'failures' ? (found.baseline_failure_rate ?? 1) : 1 - (found.baseline_failure_rate ?? 0);
  const worst = interval === null ? -1 : interval.low * base;
  const numbers = `${describeGain(found, gain)}${where}${replay ? `, by chance alone${within(interval)}` : ''}; ${needed}.`;
  if (interval !== null && interval.high < 0 && !replay) return as('fail', numbers, 0);
  return as((demand.foreseen || gain.value >= 0) && worst >= -margin ? 'pass' : 'inconclusive', numbers, 0);
}

/**
 * There is nothing to go back to, so a first version need not be better than what was done before it, but it must not look worse,
 * nor may it be worse by more than a later version would have to be better.
 */
function firstVersion(found: FailureRateReduction, gain: Gain, tolerated: number): GateCheck['outcome'] {
  const replay = found.method === 'matched-replay';
  const interval = replay ? (found.chance_interval ?? null) : gain.interval;
  if (interval === null) return gain.value >= 0 ? 'pass' : 'inconclusive';
  if (interval.high < 0) return replay ? 'inconclusive' : 'fail';
  const worst = replay ? (gain.interval?.low ?? -1) : 0;
  return gain.value >= 0 && interval.low > -tolerated && worst > -WORST_OF_A_FIRST ? 'pass' : 'inconclusive';
}

/**
 * What is known of the choices since the drop; where that is nothing, of the choices in all the time that it has learnt from: what it
 * thinks of the other actions is from there.
 */
function knownOfChoices(input: GateInput) {
  const { failureRateReduction: found, learntReduction: learnt } = input;
  const gain = gainOf(input);
  const before = gain === null && learnt ? gainOf({ ...input, failureRateReduction: learnt }) : null;
  return before !== null && learnt
    ? { failureRateReduction: learnt, gain: before, where: ' on all rows of the time it has learnt from' }
    : { failureRateReduction: found, gain, where: '' };
}

export function distinguishesActions({ alike, settings }: GateInput): GateCheck {
  const check = 'distinguishes_actions';
  const threshold = 1 - ALL_ALIKE;
  if (alike === null || !settings.distinguishesActions) {
    const explanation = alike === null ? 'This model chooses no actions.' : 'The definition does not ask for it.';
    return { check, outcome: 'not-applicable', value: null, threshold, explanation };
  }
  const value = 1 - alike;
  if (!(value >= 0 && value <= 1)) return broken(check, threshold, `expected a share of the rows, got ${alike}`);
  return value > threshold
    ? {
        check,
        outcome: 'pass',
        value,
        threshold,
        explanation: `It tells the actions apart on ${share(value)} of the rows.`,
      }
    : {
        check,
        outcome: 'fail',
        value,
        threshold,
        explanation: `It cannot recommend: on ${share(alike)} of the rows it gives every action the same chance of success. Train with the action as an input, on rows with different actions.`,
      };
}

function whatIsMissing({ failureRateReduction: found, settings }: GateInput): string {
  const { effective_samples: effective, unsupported = 1 } = found;
  return effective < settings.minimumEffectiveSamples
    ? `${Math.round(effective)} effective samples on changed decisions by ${found.method}, needed at least ${settings.minimumEffectiveSamples}`
    : `for ${share(unsupported)} of the rows nobody tried what the models choose, or nothing ever failed`;
}

/** What an exploration rate of 0 costs. */
function unexplored({ explored, followed_exploration: followed }: FailureRateReduction): string {
  if (followed !== null && followed !== undefined && followed < 1)
    return ` Only ${share(followed)} of what serving explored was carried out, so the engine overrides it, perhaps by what it knows.`;
  return explored === 0
    ? ' No decision was explored, so only a trial can tell; an exploration of 0.05 would show it on the holdout.'
    : '';
}

function describeGain(found: FailureRateReduction, gain: Gain): string {
  const from = share(found.baseline_failure_rate ?? Number.NaN);
  const to = share(found.challenger_failure_rate ?? Number.NaN);
  const what = gain.measure === 'failures' ? 'relative reduction' : 'relative gain in successes';
  const samples = `${Math.round(found.effective_samples)} effective samples on changed decisions by ${found.method}`;
  return `Estimated failure rate ${from} → ${to}, ${what} ${signed(gain.value)}${within(gain.interval)}, ${samples}`;
}
