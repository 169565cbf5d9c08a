import { useId, useState } from 'react';
import type { Deployment } from '#contracts/http/deployments';
import { useAccuracy, useDeployments, useModel } from '../../api/queries.js';
import { AccuracyChart } from '../../charts/accuracy-chart.js';
import type { DeploymentMark } from '../../charts/deployment-marks.js';
import { Answer } from '../../components/answer.js';
import { Card } from '../../components/card.js';
import { type Column, DataTable } from '../../components/data-table.js';
import { Empty } from '../../components/notice.js';
import { useNow, When } from '../../components/when.js';
import { count, percent, percentRange, points } from '../../format/numbers.js';
import { Link } from '../../routing/link.js';
import {
  accuracyPerVersion,
  accuracySeries,
  beginningOf,
  bucketWidth,
  failuresOf,
  type VersionAccuracy,
} from '../../state/accuracy.js';
import { PageHead } from '../page-head.js';
import { Drift } from './drift.js';

const DAY = 86_400_000;
const SPANS = [1, 7, 30, 90] as const;
const MOST_BUCKETS = 60;

export function LivePage({ model }: { model: string }) {
  const [days, setDays] = useState<number>(30);
  const field = useId();
  const now = useNow();
  const query = useAccuracy(model, days, now);
  const deployments = useDeployments(model, 1000).data ?? [];
  const live = useModel(model).data?.live?.version ?? null;
  const from = beginningOf(query.data ?? [], new Date(now.getTime() - days * DAY), now);
  const width = bucketWidth(now.getTime() - from.getTime(), MOST_BUCKETS);
  const marks = deployments.flatMap((deployment) => markOf(deployment, from));
  return (
    <>
      <PageHead
        title="Live"
        lead={<p>Decisions joined to what became of them: how every version did while it answered.</p>}
        actions={
          <div className="inline-field">
            <label htmlFor={field}>Over</label>
            <select
              id={field}
              className="select"
              value={days}
              onChange={(event) => setDays(Number(event.target.value))}
            >
              {SPANS.map((span) => (
                <option key={span} value={span}>
                  {span === 1 ? 'the last day' : `the last ${span} days`}
                </option>
              ))}
            </select>
          </div>
        }
      />
      <Answer query={query} lines={10}>
        {(accuracy) => {
          const series = accuracySeries(accuracy, width);
          if (series.length === 0)
            return (
              <Card title="Accuracy over time">
                <Empty title="No outcome of a live decision in this time">
                  <p>
                    A decision is judged when an outcome with the same task id arrives on{' '}
                    <code>automation.outcomes</code>. Choose a longer time, or look at{' '}
                    <Link to={{ page: 'feedback', model }}>what arrives</Link>.
                  </p>
                </Empty>
              </Card>
            );
          const failures = accuracySeries(failuresOf(accuracy), width);
          const chart = { marks, live, from, to: now };
          return (
            <>
              <Card title="Accuracy over time">
                <AccuracyChart series={series} measure="accuracy" {...chart} />
              </Card>
              <Card title="Failure rate over time">
                <AccuracyChart series={failures} measure="failure rate" height={220} {...chart} />
              </Card>
              <Card title="Per version" flush>
                <DataTable
                  caption={`Live accuracy and failure rate per version over the last ${days === 1 ? 'day' : `${days} days`}`}
                  columns={columns(model)}
                  rows={accuracyPerVersion(accuracy)}
                  keyOf={({ version }) => version}
                  marked={({ version }) => version === live}
                />
              </Card>
            </>
          );
        }}
      </Answer>
      <Drift model={model} />
    </>
  );
}

/** A change of what is live, if it came about and since `from`; a drill changes nothing. */
function markOf({ deployment_id, finished_at, kind, state, to_version }: Deployment, from: Date): DeploymentMark[] {
  if (kind === 'drill' || state !== 'done' || finished_at === null || Date.parse(finished_at) < from.getTime())
    return [];
  return [{ id: deployment_id, at: new Date(finished_at), kind, to: to_version }];
}

const columns = (model: string): readonly Column<VersionAccuracy>[] => [
  {
    key: 'version',
    head: 'Version',
    cell: ({ version }) => (
      <Link to={{ page: 'version', model, version }} className="strong">
        {version}
      </Link>
    ),
  },
  { key: 'accuracy', head: 'Accuracy', number: true, cell: ({ accuracy }) => percent(accuracy) },
  {
    key: 'interval',
    head: '95 % interval',
    number: true,
    from: 2,
    cell: ({ low, high }) => percentRange(low, high),
  },
  { key: 'reference', head: 'Reference', number: true, cell: ({ reference }) => percent(reference) },
  {
    key: 'difference',
    head: 'Difference',
    number: true,
    cell: ({ accuracy, reference }) => (reference === null ? '–' : points(accuracy - reference)),
  },
  { key: 'failures', head: 'Failed', number: true, cell: ({ failureRate }) => percent(failureRate) },
  { key: 'outcomes', head: 'Outcomes', number: true, from: 2, cell: ({ outcomes }) => count(outcomes) },
  { key: 'first', head: 'First', from: 3, cell: ({ first }) => <When at={first.toISOString()} /> },
  { key: 'last', head: 'Last', from: 3, cell: ({ last }) => <When at={last.toISOString()} /> },
];
