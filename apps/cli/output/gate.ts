import type { GateCheck, ModelEvaluated, RecentGate } from '#contracts/events/evaluation';
import { RECENT_REASONS } from '#contracts/recent-reasons';
import { orDash, plural, pValue, ratio, signed } from './quantities.js';
import type { Colors } from './screen.js';
import { facts, table } from './table.js';

/** Verdicts and states in the colour of their meaning. */
export function toned(word: string, colors: Colors): string {
  if (['pass', 'live', 'done', 'activated', 'loaded', 'ready'].includes(word)) return colors.green(word);
  if (['fail', 'failed', 'error', 'rolled-back', 'rejected', 'unreachable'].includes(word)) return colors.red(word);
  if (['inconclusive', 'canary', 'staging', 'waiting', 'running', 'queued', 'superseded', 'cancelled'].includes(word))
    return colors.yellow(word);
  return word;
}

/** Every number of a judgement with its threshold, and the verdict. */
export function gateLines(evaluation: ModelEvaluated, colors: Colors, width: number): string[] {
  const { gate, failure_rate_reduction: frr, accuracy_difference: difference } = evaluation;
  const { recent } = gate;
  const recently = (check: GateCheck) => recent?.checks.find((other) => other.check === check.check)?.outcome ?? '–';
  const checks = table(
    gate.checks,
    [
      { title: 'CHECK', cell: (check) => check.check },
      { title: recent ? 'WHOLE' : 'OUTCOME', cell: (check) => toned(check.outcome, colors) },
      ...(recent ? [{ title: 'RECENT', cell: (check: GateCheck) => toned(recently(check), colors) }] : []),
      { title: 'VALUE', cell: (check) => ratio(check.value), align: 'right' },
      { title: 'THRESHOLD', cell: (check) => ratio(check.threshold), align: 'right' },
      { title: 'EXPLANATION', cell: (check) => check.explanation, text: 'wrap' },
    ],
    colors,
    width,
  );
  const numbers = facts(
    [
      ['champion', orDash(evaluation.champion?.version)],
      ['holdout', plural(evaluation.holdout.rows, 'row')],
      ['accuracy', versus(evaluation.challenger_metrics?.accuracy, evaluation.champion_metrics?.accuracy)],
      ['macro F1', versus(evaluation.challenger_metrics?.f1_macro, evaluation.champion_metrics?.f1_macro)],
      ['baseline accuracy', ratio(evaluation.baseline_accuracy)],
      [
        'accuracy difference',
        difference ? `${signed(difference.low)} to ${signed(difference.high)} (${difference.confidence * 100} %)` : '–',
      ],
      ['McNemar p-value', pValue(evaluation.mcnemar_p_value)],
      [
        'failure-rate reduction',
        `${ratio(frr.value)} (${frr.method}, effective samples ${Math.round(frr.effective_samples)})`,
      ],
      ...(frr.estimates ?? []).map(({ method, value, interval, effective_samples }): [string, string] => [
        `  by ${method}`,
        `${ratio(value)}${interval ? ` in ${signed(interval.low)} to ${signed(interval.high)}` : ''} (effective samples ${Math.round(effective_samples)})`,
      ]),
      ...(recent ? [['recent', recentWords(recent)] satisfies [string, string]] : []),
      ...(gate.profile ? [['profile', gate.profile] satisfies [string, string]] : []),
    ],
    colors,
  );
  const reason = withoutVerdict(gate);
  return [
    ...numbers,
    '',
    ...checks,
    '',
    `verdict ${colors.bold(toned(gate.verdict, colors))}: ${reason}`,
    ...(gate.power ?? []).map(({ explanation }) => explanation).filter((said) => !reason.includes(said)),
    ...(gate.trial?.suited ? [`A trial would tell: ${gate.trial.reason}.`] : []),
  ];
}

function recentWords({ since, because, rows, decides, verdict, ...accuracy }: RecentGate): string {
  const compared = versus(accuracy.challenger_accuracy, accuracy.champion_accuracy);
  const what = `${verdict} on ${plural(rows, 'row')} since ${since.slice(0, 16)}Z, as ${RECENT_REASONS[because]}; accuracy ${compared}`;
  return decides ? `${what}; decides` : what;
}

function versus(challenger: number | null | undefined, champion: number | null | undefined): string {
  return champion === null || champion === undefined
    ? ratio(challenger)
    : `${ratio(challenger)} against ${ratio(champion)}`;
}

/** The summary often begins with the verdict, and repeats explanations: both stand above it already. */
function withoutVerdict({ verdict, summary, checks }: ModelEvaluated['gate']): string {
  const open = checks.filter((check) => check.outcome !== 'pass');
  if (open.length > 0 && open.every((check) => summary.includes(check.explanation)))
    return open.map((check) => `${check.check} ${check.outcome}`).join(', ');
  return summary.toLowerCase().startsWith(`${verdict}: `) ? summary.slice(verdict.length + 2) : summary;
}
