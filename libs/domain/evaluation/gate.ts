import type { GateCheck, GateResult, Power } from '#contracts/events/evaluation';
import type { GateInput } from './gate-input.js';
import { demandOfTrial, distinguishesActions, failureReduction, gainOf } from './policy-checks.js';
import { powerOf } from './power.js';
import { accuracyImprovement, beatsBaseline, enoughEvidence, f1Improvement } from './score-checks.js';
import { share } from './wording.js';

/** Fewer changed decisions than this, and a trial would take for ever. */
const FEWEST_CHANGES = 0.005;

/**
 * Whether a challenger may go live. A pure function of the numbers; every check is reported, whatever the verdict.
 *
 * A check passes when its threshold is reached and the interval agrees, fails when the interval lies wholly below the threshold,
 * and is inconclusive otherwise. Of the checks' outcomes the verdict is the first that occurs in: error, fail,
 * inconclusive, pass.
 */
export function judge(input: GateInput): GateResult {
  const checks = [
    accuracyImprovement(input),
    f1Improvement(input),
    failureReduction(input),
    beatsBaseline(input),
    enoughEvidence(input),
    distinguishesActions(input),
  ];
  const verdict =
    (['error', 'fail', 'inconclusive'] as const).find((o) => checks.some((c) => c.outcome === o)) ?? 'pass';
  const power = verdict === 'error' ? [] : powersOf(input);
  const { looks, profile } = input.settings;
  return {
    verdict,
    checks,
    summary: [summarise(verdict, checks), ...power.map(({ explanation }) => explanation)].join(' '),
    profile,
    power,
    trial: trialOf(input, verdict),
    ...(looks !== null && { looks: looks.count }),
  };
}

/** The judgement on a challenger that could not be scored at all. */
export function judgeBroken(explanation: string): GateResult {
  const outcome = 'error' as const;
  return {
    verdict: outcome,
    checks: [{ check: 'enough_evidence', outcome, value: null, threshold: null, explanation }],
    summary: `Error: ${explanation}`,
  };
}

/** For a first version nothing but the baseline is asked for, and a difference of a point from it is little. */
const WANTED_ABOVE_BASELINE = 0.01;

function powersOf(input: GateInput): Power[] {
  const { settings, rows, champion } = input;
  const wanted = champion ? Math.abs(settings.accuracyImprovement) : WANTED_ABOVE_BASELINE;
  const accuracy = powerOf('accuracy', input.accuracyDifference, rows, wanted);
  const gain = champion ? gainOf(input) : null;
  const choices = gain && powerOf(gain.measure, gain.interval, rows, Math.abs(gain.wanted));
  return [accuracy, choices].filter((power) => power !== null);
}

/** A challenger that is not worse and lacks evidence is worth trying, unless both would do the same anyway. */
function trialOf(input: GateInput, verdict: GateResult['verdict']): NonNullable<GateResult['trial']> {
  const { champion, failureRateReduction: found } = input;
  const urgent = input.settings.renewal !== null;
  const no = (reason: string) => ({ suited: false, reason, urgent });
  if (verdict !== 'inconclusive') return no(`the verdict is ${verdict}`);
  if (!champion) return no('there is no champion to try it against');
  if (found.method === 'not-applicable')
    return no('it chooses no actions, so what becomes of a task does not depend on it');
  if (input.rows < input.settings.minimumHoldoutRows)
    return no(`${input.rows} holdout rows are too few to say that it is not worse`);
  const changed = found.changed_decisions ?? 0;
  if (changed < FEWEST_CHANGES) return no(`the two choose differently on ${share(changed)} of the rows only`);
  const gain = gainOf(input);
  if (gain?.interval && found.method !== 'matched-replay' && gain.value < 0)
    return no('it is estimated to do worse than the champion');
  return {
    suited: true,
    reason: `the two choose differently on ${share(changed)} of the rows`,
    ...demandOfTrial(input),
    urgent,
  };
}

function summarise(verdict: GateResult['verdict'], checks: readonly GateCheck[]): string {
  const deciding = checks.filter((check) => check.outcome === verdict).map((check) => check.explanation);
  if (verdict === 'pass') return `Pass: ${checks.filter((c) => c.outcome === 'pass').length} checks hold.`;
  return `${verdict[0]?.toUpperCase()}${verdict.slice(1)}: ${deciding.join(' ')}`;
}
