import { useState } from 'react';
import type { CanaryStatus, RunningCanary } from '#contracts/http/rollout';
import { CanaryDialog, wordsOf } from '../../actions/canary-dialog.js';
import { useCanary } from '../../api/queries.js';
import { TrialChart } from '../../charts/trial-chart.js';
import { Answer } from '../../components/answer.js';
import { Badge, type BadgeTone } from '../../components/badge.js';
import { Button } from '../../components/button.js';
import { Facts } from '../../components/facts.js';
import { ProgressBar } from '../../components/progress-bar.js';
import { count, percent } from '../../format/numbers.js';
import { ForOperators } from '../../session/who-context.js';

/** A canary: its share, how it does beside the live version, and what it waits for. */
export function Canary({ model }: { model: string }) {
  const query = useCanary(model);
  return (
    <Answer query={query}>
      {(status) => (status.canary === null ? null : <Running status={status} canary={status.canary} />)}
    </Answer>
  );
}

const TONES: Record<RunningCanary['next'], BadgeTone> = { advance: 'good', hold: 'plain', abort: 'bad' };

function Running({ status, canary }: { status: CanaryStatus; canary: RunningCanary }) {
  const [step, setStep] = useState<'advance' | 'abort' | null>(null);
  const { version, live_version: live, outcomes } = canary;
  return (
    <div className="canary">
      <ol className="canary-plan">
        {canary.plan.map((share) => (
          <li key={share} aria-current={share === canary.percent ? 'step' : undefined}>
            {share}&nbsp;%
          </li>
        ))}
      </ol>
      <ProgressBar label={`Share of the tasks that ${version} answers`} value={canary.percent / 100} />
      <Facts
        across
        facts={[
          [`Failures of ${version}`, failures(outcomes.canary)],
          [`Failures of ${live ?? 'the live version'}`, failures(outcomes.live)],
          ['In this step', `${count(outcomes.in_step)} outcomes`],
        ]}
      />
      {canary.trial && <Trial trial={canary.trial} version={version} live={live ?? 'the live version'} />}
      <p>
        <Badge tone={TONES[canary.next]}>{canary.next}</Badge> {canary.reasons.join(' ')}
      </p>
      <ForOperators>
        <div className="canary-actions">
          <Button small onClick={() => setStep('advance')}>
            {wordsOf(canary)}
          </Button>
          <Button small kind="danger" onClick={() => setStep('abort')}>
            Take it back
          </Button>
        </div>
        <CanaryDialog status={status} canary={canary} step={step} close={() => setStep(null)} />
      </ForOperators>
    </div>
  );
}

/** What it has to show on its share of the tasks, and how far it is. */
function Trial({
  trial,
  version,
  live,
}: {
  trial: NonNullable<RunningCanary['trial']>;
  version: string;
  live: string;
}) {
  const { estimate, wanted, tasks, most_tasks: most, tasks_needed: needed, curve } = trial;
  return (
    <>
      <Facts
        across
        facts={[
          [`On trial for ${trial.measure === 'failures' ? 'fewer failures' : 'more successes'}`, percent(wanted)],
          [
            'So far',
            estimate === null
              ? 'no outcomes of both yet'
              : `${percent(estimate.value)}, between ${percent(estimate.low)} and ${percent(estimate.high)}`,
          ],
          ['Tasks', `${count(tasks)} of at most ${count(most)}`],
          ['Still needed', needed === null ? 'cannot be told' : `about ${count(needed)} tasks`],
        ]}
      />
      {curve && <TrialChart curve={curve} version={version} live={live} />}
    </>
  );
}

function failures({ outcomes, failures: failed }: RunningCanary['outcomes']['live']): string {
  return outcomes === 0 ? 'no outcomes yet' : `${percent(failed / outcomes)} of ${count(outcomes)}`;
}
