import type { ModelEvaluated } from '#contracts/events/evaluation';
import { orDash, plural, pValue, ratio, signed } from './quantities.js';
import type { Colors } from './screen.js';
import { facts, table } from './table.js';

/** Verdicts and states in the colour of their meaning. */
export function toned(word: string, colors: Colors): string {
  if (['pass', 'live', 'done', 'activated', 'loaded', 'ready'].includes(word)) return colors.green(word);
  if (['fail', 'failed', 'error', 'rolled-back', 'rejected', 'unreachable'].includes(word)) return colors.red(word);
  if (['inconclusive', 'canary', 'staging', 'waiting', 'running', 'queued', 'superseded'].includes(word))
    return colors.yellow(word);
  return word;
}

/** Every number of a judgement with its threshold, and the verdict. */
export function gateLines(evaluation: ModelEvaluated, colors: Colors, width: number): string[] {
  const { gate, failure_rate_reduction: frr, accuracy_difference: difference } = evaluation;
  const checks = table(
    gate.checks,
    [
      { title: 'CHECK', cell: (check) => check.check },
      { title: 'OUTCOME', cell: (check) => toned(check.outcome, colors) },
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
    ],
    colors,
  );
  return [
    ...numbers,
    '',
    ...checks,
    '',
    `verdict ${colors.bold(toned(gate.verdict, colors))}: ${withoutVerdict(gate)}`,
  ];
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
