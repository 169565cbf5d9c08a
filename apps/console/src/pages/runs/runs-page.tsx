import { useEffect, useRef, useState } from 'react';
import { ratchet } from '#contracts/command-line';
import type { Run } from '#contracts/http/runs';
import { RetrainDialog } from '../../actions/retrain-dialog.js';
import { useRun, useRuns } from '../../api/queries.js';
import { Answer } from '../../components/answer.js';
import { RunBadge, VerdictBadge } from '../../components/badge.js';
import { Button } from '../../components/button.js';
import { Card } from '../../components/card.js';
import { type Column, DataTable } from '../../components/data-table.js';
import { Filtered } from '../../components/filtered.js';
import { RunsIcon } from '../../components/icons.js';
import { Empty } from '../../components/notice.js';
import { When } from '../../components/when.js';
import { count } from '../../format/numbers.js';
import { duration } from '../../format/time.js';
import { Link } from '../../routing/link.js';
import { ForOperators } from '../../session/who-context.js';
import type { Facet } from '../../state/filtered.js';
import { PageHead } from '../page-head.js';
import { RunDetail } from './run-detail.js';

const FACETS: readonly Facet<Run>[] = [
  { name: 'state', all: 'Every state', of: ({ state }) => state },
  { name: 'verdict', all: 'Every verdict', of: ({ verdict }) => verdict },
  { name: 'algorithm', all: 'Every algorithm', of: ({ backend }) => backend },
  { name: 'asked', all: 'Asked by anybody', of: ({ actor }) => actor },
];

const words = ({ run_id, version, message, failure, trigger, actor }: Run): string =>
  [run_id, version, message, failure, trigger, actor].join(' ');

export function RunsPage({ model, run: chosen }: { model: string; run: string | null }) {
  const query = useRuns(model);
  const [open, setOpen] = useState(false);
  return (
    <>
      <PageHead
        title="Runs"
        lead={<p>From the frozen dataset to a judged version.</p>}
        actions={
          <ForOperators>
            <Button kind="primary" onClick={() => setOpen(true)}>
              <RunsIcon /> Retrain
            </Button>
            <RetrainDialog model={model} open={open} close={() => setOpen(false)} />
          </ForOperators>
        }
      />
      <Answer query={query} lines={8}>
        {(runs) => (
          <>
            <ShownLarge runs={runs} chosen={chosen} />
            {chosen !== null && !runs.some(({ run_id }) => run_id === chosen) && (
              <Elsewhere key={chosen} run={chosen} />
            )}
            <Card title="All runs" flush>
              {runs.length === 0 ? (
                <Empty title="No run yet">
                  <p>
                    Runs start on the schedule of the model definition, from here, or with{' '}
                    <code>npx {ratchet('retrain', model, '--wait')}</code>.
                  </p>
                </Empty>
              ) : (
                <Filtered table="runs" what="runs" rows={runs} facets={FACETS} text={words}>
                  {(shown) => (
                    <DataTable
                      caption="Training runs, newest first"
                      columns={columns(model)}
                      rows={shown}
                      keyOf={({ run_id }) => run_id}
                      below={({ state, remedy }) =>
                        state === 'failed' && remedy !== null ? <p className="muted">{remedy}</p> : null
                      }
                      marked={({ run_id }) => run_id === chosen}
                    />
                  )}
                </Filtered>
              )}
            </Card>
          </>
        )}
      </Answer>
    </>
  );
}

/** Whoever chooses a run from the list below is taken to it. */
function Large({ run, chosen }: { run: Run; chosen: boolean }) {
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!chosen) return;
    frame.current?.focus({ preventScroll: true });
    frame.current?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  return (
    <div ref={frame} tabIndex={-1} className="large-run">
      <RunDetail run={run} />
    </div>
  );
}

/** A run that is not among the newest: an older one, or none at all. */
function Elsewhere({ run }: { run: string }) {
  const query = useRun(run);
  if (query.error !== null)
    return (
      <Card title={`Run ${run.slice(0, 8)}`} className="card-bad">
        <p role="alert">
          There is no run {run}. It may be of another installation, or its link cut off; all runs that are kept are
          below.
        </p>
      </Card>
    );
  return <Answer query={query}>{(found) => <Large run={found} chosen />}</Answer>;
}

/** What runs or ran while the page was open, and what was asked for by its address, is shown in full. */
function ShownLarge({ runs, chosen }: { runs: readonly Run[]; chosen: string | null }) {
  const [followed, setFollowed] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    const fresh = runs.filter(isUnderWay).filter(({ run_id }) => !followed.has(run_id));
    if (fresh.length > 0) setFollowed(new Set([...followed, ...fresh.map(({ run_id }) => run_id)]));
  }, [runs, followed]);
  return runs
    .filter((run) => run.run_id === chosen || isUnderWay(run) || followed.has(run.run_id))
    .map((run) => <Large key={run.run_id} run={run} chosen={run.run_id === chosen} />);
}

const isUnderWay = ({ state }: Run): boolean => state === 'running' || state === 'queued';

const columns = (model: string): readonly Column<Run>[] => [
  {
    key: 'run',
    head: 'Run',
    cell: ({ run_id }) => (
      <Link to={{ page: 'runs', model, run: run_id }}>
        <code>{run_id.slice(0, 8)}</code>
      </Link>
    ),
  },
  { key: 'state', sort: ({ state }) => state, head: 'State', cell: ({ state }) => <RunBadge state={state} /> },
  {
    key: 'outcome',
    sort: ({ version }) => version,
    head: 'Outcome',
    wide: true,
    cell: (run) => <Outcome run={run} />,
  },
  { key: 'backend', sort: ({ backend }) => backend, head: 'Algorithm', from: 3, cell: ({ backend }) => backend },
  { key: 'rows', sort: ({ rows }) => rows, head: 'Rows', number: true, from: 2, cell: ({ rows }) => count(rows) },
  {
    key: 'asked',
    head: 'Asked by',
    from: 3,
    cell: ({ trigger, actor }) => <span className="name">{trigger === actor ? trigger : `${actor} (${trigger})`}</span>,
  },
  {
    key: 'took',
    head: 'Took',
    number: true,
    from: 2,
    cell: ({ started_at, finished_at }) => took(started_at, finished_at),
  },
  {
    key: 'when',
    sort: ({ started_at, queued_at }) => Date.parse(started_at ?? queued_at),
    head: 'Started',
    cell: ({ started_at, queued_at }) => <When at={started_at ?? queued_at} />,
  },
];

function Outcome({ run }: { run: Run }) {
  if (run.state === 'failed') return <span className="tone-bad">{run.failure ?? 'It failed.'}</span>;
  if (run.version === null) return <span className="muted">{run.message}</span>;
  return (
    <>
      <Link to={{ page: 'version', model: run.model, version: run.version }}>{run.version}</Link>{' '}
      {run.state === 'unchanged' ? (
        <span className="muted">made again, unchanged</span>
      ) : (
        <VerdictBadge verdict={run.verdict} />
      )}
    </>
  );
}

function took(start: string | null, end: string | null): string {
  return start === null || end === null ? '–' : duration(Date.parse(end) - Date.parse(start));
}
