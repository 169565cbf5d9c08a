import { type ReactNode, useState } from 'react';
import type { Run } from '#contracts/http/runs';
import { CancelRunDialog } from '../../actions/cancel-run-dialog.js';
import { RunBadge, VerdictBadge } from '../../components/badge.js';
import { Button } from '../../components/button.js';
import { Card } from '../../components/card.js';
import { Facts } from '../../components/facts.js';
import { ProgressBar } from '../../components/progress-bar.js';
import { When } from '../../components/when.js';
import { count, percent, shortDigest } from '../../format/numbers.js';
import { Link } from '../../routing/link.js';
import { ForOperators } from '../../session/who-context.js';
import { RunLog } from './run-log.js';
import { Stages } from './stages.js';

/** One run in full: where it is, and in the end what came of it. */
export function RunDetail({ run }: { run: Run }) {
  const under = run.state === 'running' || run.state === 'queued';
  return (
    <Card
      title={`Run ${run.run_id.slice(0, 8)}`}
      aside={<RunBadge state={run.state} />}
      className={under ? 'card-accent' : run.state === 'failed' ? 'card-bad' : ''}
    >
      <Stages run={run} />
      {under && (
        <>
          <ProgressBar label={`Progress of run ${run.run_id.slice(0, 8)}`} value={run.progress} />
          <p className="run-message" role="status">
            <span>{run.message}</span>
            <span className="muted">{percent(run.progress, 0)}</span>
          </p>
        </>
      )}
      {under && <EndRun run={run} />}
      {run.state === 'cancelled' && <p className="strong">It was {run.message}</p>}
      {run.state === 'unchanged' && (
        <p>
          It made the package of {run.version} again, so nothing was changed: the version keeps its state and its
          verdict. A new version takes new rows, or another definition.
        </p>
      )}
      {run.state === 'failed' && (
        <div className="failure">
          <p className="strong tone-bad">{run.failure ?? 'It failed without a reason.'}</p>
          {run.remedy !== null && <p>{run.remedy}</p>}
        </div>
      )}
      <Facts across facts={factsOf(run)} />
      {run.state !== 'queued' && <RunLog runId={run.run_id} />}
    </Card>
  );
}

function EndRun({ run }: { run: Run }) {
  const [open, setOpen] = useState(false);
  return (
    <ForOperators>
      <p>
        <Button kind="danger" onClick={() => setOpen(true)}>
          End this run
        </Button>
      </p>
      <CancelRunDialog run={run} open={open} close={() => setOpen(false)} />
    </ForOperators>
  );
}

/** Only what is known so far. */
function factsOf(run: Run): [string, ReactNode][] {
  const facts: [string, ReactNode][] = [];
  if (run.version !== null)
    facts.push([
      'Version',
      <span key="version">
        <Link to={{ page: 'version', model: run.model, version: run.version }}>{run.version}</Link>{' '}
        {run.state === 'unchanged' && run.verdict === null ? null : <VerdictBadge verdict={run.verdict} />}
      </span>,
    ]);
  facts.push(['Algorithm', run.backend]);
  if (run.rows !== null) facts.push(['Rows', count(run.rows)]);
  facts.push(['Asked by', run.actor === run.trigger ? run.trigger : `${run.actor} (${run.trigger})`]);
  facts.push(['Queued', <When key="queued" at={run.queued_at} />]);
  if (run.started_at !== null) facts.push(['Started', <When key="started" at={run.started_at} />]);
  if (run.finished_at !== null) facts.push(['Finished', <When key="finished" at={run.finished_at} />]);
  if (run.digest !== null) facts.push(['Digest', <code key="digest">{shortDigest(run.digest)}</code>]);
  return facts;
}
