import { decimal, escapeText, percent, table } from '#artifacts/report/markup';
import { lines } from '#artifacts/report/plots';
import type { Deployment } from '#contracts/http/deployments';
import type { TrialPoint } from '#domain/canary/curve';
import type { PastTrial } from '../rollout/trials.js';

const ENDS: Readonly<Record<Deployment['state'], string>> = {
  staging: 'begins',
  canary: 'under way',
  activating: 'won',
  done: 'won',
  failed: 'not won',
  superseded: 'ended by another deployment',
};

const END_OF_PAGE = '</main>';

/** The evaluator's page with what a trial has shown since: the page itself is from before it. */
export function withTrials(page: string, trials: readonly PastTrial[]): string {
  const at = page.lastIndexOf(END_OF_PAGE);
  return at < 0 ? page : page.slice(0, at) + trials.map((trial) => `${section(trial)}\n`).join('') + page.slice(at);
}

const rateOf = ({ outcomes, failures }: TrialPoint['live']): number | null =>
  outcomes === 0 ? null : failures / outcomes;

function section({ deployment, demand, curve }: PastTrial): string {
  const { to_version: version, from_version: live, started_at, state, steps = [] } = deployment;
  const what = demand.measure === 'failures' ? 'fewer failures' : 'more successes';
  const last = curve.at(-1);
  const found =
    last?.estimate == null
      ? 'no outcomes of both yet'
      : `${percent(last.estimate.value)}, for sure between ${percent(last.estimate.low)} and ${percent(last.estimate.high)}`;
  const of = (arm: 'canary' | 'live') =>
    curve.flatMap((point) => {
      const rate = rateOf(point[arm]);
      return rate === null ? [] : [{ x: point.tasks, y: rate }];
    });
  const names = { canary: version, live: live ?? 'the live version' };
  const plot = lines('Failure rates in the trial', { x: 'tasks decided', y: 'share that failed' }, [
    { name: names.canary, kind: 'challenger', points: of('canary') },
    { name: names.live, kind: 'champion', points: of('live') },
  ]);
  const points = curve.map((point) => [
    escapeText(point.at),
    String(point.tasks),
    percent(rateOf(point.canary)),
    percent(rateOf(point.live)),
    point.estimate === null ? '—' : decimal(point.estimate.value),
    point.estimate === null ? '—' : `${decimal(point.estimate.low)} – ${decimal(point.estimate.high)}`,
  ]);
  const head = ['until', 'tasks', `${names.canary} fails`, `${names.live} fails`, 'improvement', 'for sure between'];
  const moves = steps.map((step) => [
    `${step.percent} %`,
    escapeText(step.started_at),
    escapeText(step.actor),
    escapeText(step.reason),
  ]);
  return `<h2>The trial of ${escapeText(started_at)}: ${ENDS[state]}</h2>
<p class="summary">Asked for: ${percent(demand.wanted)} ${what} than ${escapeText(names.live)}. Found: ${found}.</p>
${curve.length > 1 ? `<div class="plots"><figure>${plot}</figure></div>` : ''}
${table(
  head.map((name) => escapeText(name)),
  points,
)}
<h3>Its steps</h3>${table(['share', 'since', 'by', 'why'], moves)}`;
}
