import type { GateCheck, Interval } from '#contracts/events/evaluation';
import { broken, type GateInput, isInterval, isShare } from './gate-input.js';
import { demandOf, excludesZero, isNothing, outcomeOf, renewalDemand, renewalOutcome } from './threshold.js';
import { share, signed, span, within } from './wording.js';

/** An area of half is what guessing has. */
const GUESSING = 0.5;

export function accuracyImprovement(input: GateInput): GateCheck {
  const { challenger, champion, settings } = input;
  return improvement(input, {
    check: 'accuracy_improvement',
    what: 'Accuracy',
    wanted: settings.accuracyImprovement,
    mine: challenger?.accuracy,
    theirs: champion?.accuracy,
    interval: input.accuracyDifference,
  });
}

export function f1Improvement(input: GateInput): GateCheck {
  const { challenger, champion, settings } = input;
  return improvement(input, {
    check: 'f1_macro_improvement',
    what: 'Macro-F1',
    wanted: settings.f1MacroImprovement,
    mine: challenger?.f1_macro,
    theirs: champion?.f1_macro,
    interval: input.f1Difference,
  });
}

interface Improvement {
  readonly check: 'accuracy_improvement' | 'f1_macro_improvement';
  readonly what: string;
  readonly wanted: number;
  readonly mine: number | undefined;
  readonly theirs: number | undefined;
  readonly interval: Interval | null;
}

function improvement(
  { champion, settings }: GateInput,
  { check, what, wanted, mine, theirs, interval }: Improvement,
): GateCheck {
  if (!champion) {
    const explanation = 'There is no champion to improve on.';
    return { check, outcome: 'not-applicable', value: null, threshold: wanted, explanation };
  }
  if (!isShare(mine) || !isShare(theirs))
    return broken(
      check,
      wanted,
      `expected the ${what.toLowerCase()} of both models from 0 to 1, got ${mine} and ${theirs}`,
    );
  const value = mine - theirs;
  const { threshold, because } = demandOf(wanted, theirs);
  const numbers = `${what} ${share(theirs)} → ${share(mine)}, ${signed(value)}${within(interval)}`;
  if (interval !== null && isNothing(interval) && threshold >= 0) {
    const explanation = `${numbers}: they answered alike on every row, so nothing tells them apart.`;
    return { check, outcome: 'inconclusive', value, threshold, explanation };
  }
  if (settings.renewal !== null) {
    const outcome = renewalOutcome(value, settings.renewal, interval);
    const needed = renewalDemand(settings.renewal, `by more than ${signed(settings.renewal.margin)}`);
    return { check, outcome, value, threshold: 0, explanation: `${numbers}; ${needed}.` };
  }
  const outcome = outcomeOf(value, threshold, interval);
  const needed = threshold < 0 ? `not worse by more than ${signed(-threshold)}` : `at least ${signed(threshold)}`;
  const doubt = outcome === 'inconclusive' ? ', and the interval has to agree' : '';
  return { check, outcome, value, threshold, explanation: `${numbers}; needed ${needed}${because}${doubt}.` };
}

/**
 * Better than always answering the most common class: by accuracy, or, where the rare class hardly ever reaches the cut of
 * 0.5, by foreseeing outcomes better than their base rates do (log-loss) and ranking them better than chance (ROC-AUC).
 */
export function beatsBaseline(input: GateInput): GateCheck {
  const check = 'beats_baseline';
  const { challenger, baselineAccuracy, baselineDifference: interval, logLossGain: gain, rocAuc } = input;
  const mine = challenger?.accuracy;
  if (!isShare(mine) || !isShare(baselineAccuracy))
    return broken(check, null, `expected accuracies from 0 to 1, got ${mine} and the baseline's ${baselineAccuracy}`);
  const value = mine - baselineAccuracy;
  const by = (outcome: GateCheck['outcome'], explanation: string): GateCheck => ({
    check,
    outcome,
    value: mine,
    threshold: baselineAccuracy,
    explanation,
  });
  const accuracies = `Accuracy ${share(mine)} is ${value > 0 ? 'above' : 'not above'} the ${share(baselineAccuracy)} of always answering the most common class${interval ? `, ${signed(value)}${within(interval)}` : ''}`;
  const byAccuracy = outcomeOf(value, 0, interval);
  if (byAccuracy === 'pass') return by('pass', `${accuracies}.`);
  const knows = gain !== null && gain.interval.low > 0 && rocAuc !== null && rocAuc > GUESSING;
  const knowledge =
    gain === null
      ? ''
      : `; its log-loss is ${Math.abs(gain.value).toFixed(4)} ${gain.value > 0 ? 'below' : 'above'} that of the base rates${within(gain.interval)}, ROC-AUC ${rocAuc === null ? 'unknown' : rocAuc.toFixed(3)}`;
  // Where choices decide, a model may be right less often at the cut of 0.5 and know more all the same.
  const byChoices = input.settings.profile === 'policy' && gain !== null;
  if (byAccuracy === 'fail' && !byChoices) return by('fail', `${accuracies}${knowledge}.`);
  if (knows) return by('pass', `${accuracies}, but it foresees outcomes better than their base rates do${knowledge}.`);
  const surelyNot = value <= 0 && (gain === null ? interval === null : gain.interval.high < 0);
  return by(surelyNot ? 'fail' : 'inconclusive', `${accuracies}${knowledge}.`);
}

/**
 * Enough rows, and a difference that they tell from none. For accuracy the bootstrap interval must exclude 0, and so must the exact
 * test: with few differing rows the percentile interval is too narrow (five rows gained, none lost, gives an
 * interval above 0, but a fair coin does that once in sixteen). Where choices decide, it is the interval of their failures.
 */
export function enoughEvidence(input: GateInput): GateCheck {
  const check = 'enough_evidence';
  const { accuracyDifference: interval, champion, rows, settings } = input;
  if (!isInterval(interval))
    return broken(check, 0, `expected an interval of the accuracy difference, got ${JSON.stringify(interval)}`);
  const { told, nearest, words } =
    champion && settings.profile === 'policy' && settings.renewal === null
      ? byChoices(input)
      : byAccuracy(input, interval);
  const few = rows < settings.minimumHoldoutRows;
  const spent =
    settings.looks !== null && settings.looks.planned !== null && settings.looks.count > settings.looks.planned;
  const enough = told && !few && !spent;
  const problems = [
    ...(few ? [`needed at least ${settings.minimumHoldoutRows} rows`] : []),
    ...(spent
      ? [
          `the year's budget for lucky passes was for ${settings.looks?.planned} looks, and this is number ${settings.looks?.count}`,
        ]
      : []),
    ...(told ? [] : ['not enough to tell them apart']),
  ];
  const explanation = `${words}, on ${rows} rows: ${enough ? 'enough to tell them apart' : problems.join('; ')}.`;
  return { check, outcome: enough ? 'pass' : 'inconclusive', value: nearest, threshold: 0, explanation };
}

function byAccuracy(
  { mcnemarPValue: pValue, champion, settings, logLossGain: gain, rocAuc }: GateInput,
  interval: Interval,
) {
  const excluded = excludesZero(interval);
  const tested = pValue === null || pValue <= 1 - settings.confidence;
  const other = champion ? "the champion's" : "the baseline's";
  const test = pValue === null ? '' : `, exact McNemar p = ${pValue.toPrecision(2)}`;
  const words = `Accuracy minus ${other} lies in ${span(interval)} at ${share(interval.confidence)} confidence${test}`;
  const renews = champion !== null && settings.renewal !== null && interval.low >= -settings.renewal.margin;
  const accuracyTells = renews || (excluded && tested);
  // A first version may also be told from the base rates by what it foresees.
  const knows = !champion && gain !== null && gain.interval.low > 0 && rocAuc !== null && rocAuc > GUESSING;
  return accuracyTells || !knows
    ? { told: accuracyTells, nearest: nearestToZero(interval), words }
    : {
        told: true,
        nearest: nearestToZero(gain.interval),
        words: `${words}, and the log-loss of the base rates minus its own in ${span(gain.interval)}`,
      };
}

function byChoices({ failureRateReduction: found }: GateInput) {
  const { interval } = found;
  if (interval === null)
    return {
      told: false,
      nearest: 0,
      words: `No interval of the failure rates, ${samplesOf(found.effective_samples)} on changed decisions`,
    };
  return {
    told: excludesZero(interval),
    nearest: nearestToZero(interval),
    words: `The relative reduction of failures lies in ${span(interval)} at ${share(interval.confidence)} confidence`,
  };
}

const samplesOf = (effective: number) => `${Math.round(effective)} effective samples`;

/** The end of the interval nearest to zero; 0 where zero is inside. */
function nearestToZero(interval: Interval): number {
  if (!excludesZero(interval)) return 0;
  return interval.low > 0 ? interval.low : interval.high;
}
