import { decimal, escapeText, percent, table } from '#artifacts/report/markup';
import { bars, confusionMatrix, differences, type Series, unitSquare } from '#artifacts/report/plots';
import { STYLE } from '#artifacts/report/style';
import type { HoldoutMetrics, ModelEvaluated, RecentGate } from '#contracts/events/evaluation';
import { RECENT_REASONS } from '#contracts/recent-reasons';
import { calibrationError } from '#domain/evaluation/calibration';

/** What the page shows beside the event. */
export interface ReportDetails {
  /** Gain of each matrix column, summing to 1. */
  readonly importance: Readonly<Record<string, number>>;
}

const MOST_FEATURES = 15;
const MOST_SLICES = 20;

/** `evaluation.html`: everything about one judgement on one self-contained page. */
export function evaluationPage(event: ModelEvaluated, details: ReportDetails | null): string {
  const { gate, trained, champion } = event;
  const against = champion ? `against champion ${escapeText(champion.version)}` : 'the first of its model';
  const title = `Evaluation of ${event.model}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(title)}: ${gate.verdict}</title><style>${STYLE}</style></head><body><main>
<h1>${escapeText(title)} <span class="verdict ${gate.verdict}">${gate.verdict}</span></h1>
<p class="soft">${escapeText(trained.backend)}, ${against}, on ${event.holdout.rows} holdout rows that no version was trained on; ${escapeText(event.evaluated_at)}</p>
<p class="summary">${escapeText(gate.summary)}</p>
<h2>The gate</h2>${gateTable(event)}${trial(event)}
${event.challenger_metrics && details ? body(event, event.challenger_metrics, details) : ''}
<h2>What was judged</h2>${table(['', ''], provenance(event))}
</main></body></html>
`;
}

function body(event: ModelEvaluated, challenger: HoldoutMetrics, details: ReportDetails): string {
  const champion = event.champion_metrics;
  const evidence = differences('Differences with their intervals', [
    {
      name: champion ? 'accuracy' : 'above baseline',
      value: challenger.accuracy - (champion?.accuracy ?? event.baseline_accuracy ?? 0),
      interval: event.accuracy_difference,
      threshold: thresholdOf(event, 'accuracy_improvement'),
    },
    {
      name: 'macro-F1',
      value: champion ? challenger.f1_macro - champion.f1_macro : null,
      interval: event.f1_macro_difference ?? null,
      threshold: thresholdOf(event, 'f1_macro_improvement'),
    },
    {
      name: 'fewer failures',
      value: event.failure_rate_reduction.value,
      interval: event.failure_rate_reduction.interval,
      threshold: thresholdOf(event, 'failure_rate_reduction'),
    },
  ]);
  const importance = Object.entries(details.importance)
    .map(([name, value]) => ({ name, value }))
    .sort((a, b) => b.value - a.value)
    .slice(0, MOST_FEATURES);
  return `<h2>Challenger and champion</h2>${metricsTable(event, challenger, champion)}
<div class="plots" style="margin-top:16px">
${figure('How sure the differences are (dashed: what is needed)', evidence)}
${figure('Confusion of the challenger', confusionMatrix('Confusion matrix of the challenger', challenger))}
${champion ? figure('Confusion of the champion', confusionMatrix('Confusion matrix of the champion', champion)) : ''}
${figure('Calibration', unitSquare('Calibration', { x: 'probability given', y: 'share that came true' }, calibrationSeries(challenger, champion)))}
${challenger.roc ? figure(rocTitle(challenger), unitSquare('ROC curve', { x: 'false alarms', y: 'hits' }, rocSeries(challenger, champion))) : ''}
${figure('What the challenger looks at (share of gain)', bars('Importance of the columns', importance))}
</div>
${estimates(event)}
<h2>Per class</h2>${perClassTable(challenger, champion)}
${slices(event)}`;
}

function gateTable({ gate }: ModelEvaluated): string {
  const { recent } = gate;
  const badge = (outcome: string) => `<span class="verdict ${outcome}">${outcome.replace('-', ' ')}</span>`;
  const recently = (name: string) => recent?.checks.find(({ check }) => check === name)?.outcome;
  const rows = table(
    ['check', ...(recent ? ['whole', 'recent'] : ['outcome']), 'number', 'threshold', 'why'],
    gate.checks.map((check) => [
      check.check.replaceAll('_', ' '),
      badge(check.outcome),
      ...(recent ? [badge(recently(check.check) ?? 'not-applicable')] : []),
      decimal(check.value),
      decimal(check.threshold),
      escapeText(check.explanation),
    ]),
  );
  return recent ? `${rows}${recentLine(recent)}` : rows;
}

function recentLine({ rows, since, because, verdict, decides, ...accuracy }: RecentGate): string {
  const champion = accuracy.champion_accuracy === null ? '' : ` against ${decimal(accuracy.champion_accuracy)}`;
  const numbers = `accuracy ${decimal(accuracy.challenger_accuracy)}${champion}`;
  return `<p class="soft">Recent: the ${rows} rows since ${escapeText(since)}, judged apart as ${RECENT_REASONS[because]}: ${verdict}, ${numbers}.${decides ? ' They decide.' : ''}</p>`;
}

/** What the profile asks for, and whether a trial would tell more. */
function trial({ gate }: ModelEvaluated): string {
  const looks = gate.looks === undefined ? '' : ` Number ${gate.looks} of the challengers judged in a year.`;
  const profile = gate.profile === undefined ? '' : `Profile ${gate.profile}.`;
  const tried =
    gate.trial === undefined || gate.verdict === 'pass'
      ? ''
      : ` A trial ${gate.trial.suited ? 'would tell more' : 'is not called for'}: ${escapeText(gate.trial.reason)}.`;
  return `<p class="soft">${profile}${looks}${tried}</p>`;
}

/** The choices of both, by every way to estimate what would have come of them. */
function estimates({ failure_rate_reduction: found }: ModelEvaluated): string {
  if (!found.estimates) return '';
  const rows = found.estimates.map((each) => [
    `${each.method}${each.method === found.method ? ' (counts)' : ''}`,
    percent(each.challenger_failure_rate),
    percent(each.baseline_failure_rate),
    each.value === null ? '—' : percent(each.value),
    each.interval === null ? '—' : `${percent(each.interval.low)} – ${percent(each.interval.high)}`,
    String(Math.round(each.effective_samples)),
    percent(each.unsupported),
  ]);
  const head = [
    'fewer failures by',
    'challenger',
    'champion',
    'reduction',
    'interval',
    'effective samples',
    'nobody tried',
  ];
  return `<h2>What would come of its choices</h2>${table(head, rows)}`;
}

function metricsTable(event: ModelEvaluated, challenger: HoldoutMetrics, champion: HoldoutMetrics | null): string {
  const row = (name: string, of: (metrics: HoldoutMetrics) => number | null) => [
    name,
    decimal(of(challenger)),
    champion ? decimal(of(champion)) : '—',
    champion ? decimal(difference(of(challenger), of(champion))) : '—',
  ];
  const failures = event.failure_rate_reduction;
  return table(
    ['', 'challenger', 'champion', 'difference'],
    [
      row('accuracy', (m) => m.accuracy),
      row('macro-F1', (m) => m.f1_macro),
      row('ROC-AUC', (m) => m.roc_auc),
      row('log-loss (less is better)', (m) => m.log_loss),
      row('Brier score (less is better)', (m) => m.brier),
      row('calibration error (less is better)', (m) => calibrationError(m.calibration)),
      [
        `failure rate of its choices (${failures.method}, ${Math.round(failures.effective_samples)} effective samples)`,
        percent(failures.challenger_failure_rate),
        `${percent(failures.baseline_failure_rate)}${failures.baseline === 'logged' ? ' (as logged)' : ''}`,
        failures.value === null ? '—' : `${percent(-failures.value)} relative`,
      ],
      ['accuracy of the most common class', decimal(event.baseline_accuracy), '', ''],
      ['exact McNemar p-value', event.mcnemar_p_value?.toPrecision(2) ?? '—', '', ''],
    ],
  );
}

function perClassTable(challenger: HoldoutMetrics, champion: HoldoutMetrics | null): string {
  return table(
    ['class', 'rows', 'precision', 'recall', 'F1', 'F1 of the champion'],
    challenger.per_class.map((metrics) => [
      escapeText(metrics.class),
      String(metrics.support),
      decimal(metrics.precision),
      decimal(metrics.recall),
      decimal(metrics.f1),
      decimal(champion?.per_class.find((other) => other.class === metrics.class)?.f1),
    ]),
  );
}

function slices({ slices: found, champion }: ModelEvaluated): string {
  if (!found || found.length === 0) return '';
  const rows = found
    .slice(0, MOST_SLICES)
    .map((slice) => [
      escapeText(`${slice.feature} = ${slice.value}`),
      String(slice.rows),
      percent(slice.accuracy),
      `${percent(slice.interval.low)} – ${percent(slice.interval.high)}`,
      champion ? percent(slice.champion_accuracy) : '—',
    ]);
  const head = ['part of the holdout', 'rows', 'accuracy', 'interval', 'champion'];
  return `<h2>Where it is weakest</h2>${table(head, rows)}`;
}

function provenance({ trained, champion, holdout, evaluation_id: id }: ModelEvaluated): string[][] {
  return [
    ['challenger', `<code>${trained.digest}</code>`],
    ['champion', champion ? `${escapeText(champion.version)} <code>${champion.digest}</code>` : 'none'],
    [
      'snapshot',
      `<code>${holdout.snapshot_hash}</code>, ${trained.snapshot.rows} rows to ${escapeText(trained.snapshot.watermark)}`,
    ],
    ['training', `${trained.training_stats.n_train} rows, run <code>${trained.run_id}</code>`],
    ['evaluation', `<code>${id}</code>`],
  ];
}

function calibrationSeries(challenger: HoldoutMetrics, champion: HoldoutMetrics | null): Series[] {
  const line = (kind: 'challenger' | 'champion', { calibration }: HoldoutMetrics): Series => ({
    name: kind,
    kind,
    points: calibration.map(({ predicted, observed, rows }) => ({
      x: predicted,
      y: observed,
      label: `given ${percent(predicted)}, came true ${percent(observed)}, ${rows} rows`,
    })),
  });
  return champion ? [line('champion', champion), line('challenger', challenger)] : [line('challenger', challenger)];
}

function rocSeries(challenger: HoldoutMetrics, champion: HoldoutMetrics | null): Series[] {
  const line = (kind: 'challenger' | 'champion', { roc = [] }: HoldoutMetrics): Series => ({
    name: kind,
    kind,
    points: roc.map(({ false_alarms: x, hits: y }) => ({ x, y })),
  });
  return champion?.roc
    ? [line('champion', champion), line('challenger', challenger)]
    : [line('challenger', challenger)];
}

const rocTitle = ({ roc_auc: area }: HoldoutMetrics) => `ROC (area ${decimal(area)})`;

const figure = (title: string, content: string) => `<figure><h3>${escapeText(title)}</h3>${content}</figure>`;

const difference = (a: number | null, b: number | null) => (a === null || b === null ? null : a - b);

function thresholdOf({ gate, champion }: ModelEvaluated, check: string): number | null {
  return champion ? (gate.checks.find((c) => c.check === check)?.threshold ?? null) : null;
}
