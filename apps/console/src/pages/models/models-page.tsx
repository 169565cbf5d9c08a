import type { ModelStatus } from '#contracts/http/models';
import { Badge, VerdictBadge } from '../../components/badge.js';
import { Card } from '../../components/card.js';
import { type Column, DataTable } from '../../components/data-table.js';
import { Filtered } from '../../components/filtered.js';
import { When } from '../../components/when.js';
import { count, percent, plural } from '../../format/numbers.js';
import { Link } from '../../routing/link.js';
import { accuracyNow } from '../../state/accuracy.js';
import type { Facet } from '../../state/filtered.js';
import { InProgressCard } from '../in-progress.js';
import { PageHead } from '../page-head.js';

const openAlerts = ({ alerts }: ModelStatus) => alerts.filter(({ resolved_at }) => resolved_at === null);

const FACETS: readonly Facet<ModelStatus>[] = [
  { name: 'alert', all: 'With or without alerts', of: (status) => openAlerts(status).map(({ alert }) => alert) },
  { name: 'verdict', all: 'Every last verdict', of: ({ last_run }) => last_run?.verdict ?? null },
];

const COLUMNS: readonly Column<ModelStatus>[] = [
  {
    key: 'model',
    sort: ({ model }) => model,
    head: 'Model',
    cell: ({ model }) => (
      <Link to={{ page: 'overview', model }} className="strong name">
        {model}
      </Link>
    ),
  },
  {
    key: 'live',
    head: 'Live',
    cell: ({ model, live, canary }) =>
      live === null ? (
        <span className="muted">none</span>
      ) : (
        <>
          <Link to={{ page: 'version', model, version: live.version }}>{live.version}</Link>
          {canary !== null && (
            <span className="muted">
              {' '}
              + {canary.version} at {canary.percent}&nbsp;%
            </span>
          )}
        </>
      ),
  },
  { key: 'since', head: 'Since', from: 3, cell: ({ live, live_since }) => <When at={live && live_since} /> },
  {
    key: 'accuracy',
    sort: ({ accuracy }) => accuracyNow(accuracy)?.accuracy,
    head: 'Accuracy',
    number: true,
    cell: ({ model, accuracy }) => {
      const now = accuracyNow(accuracy);
      return now === null ? (
        <span className="muted">–</span>
      ) : (
        <Link to={{ page: 'live', model }}>{percent(now.accuracy)}</Link>
      );
    },
  },
  {
    key: 'reference',
    head: 'Reference',
    number: true,
    from: 3,
    cell: ({ accuracy }) => percent(accuracyNow(accuracy)?.reference),
  },
  { key: 'verdict', head: 'Last verdict', from: 2, cell: LastVerdict },
  {
    key: 'rows',
    sort: ({ dataset_rows }) => dataset_rows,
    head: 'Rows',
    number: true,
    from: 2,
    cell: ({ model, dataset_rows }) => <Link to={{ page: 'feedback', model }}>{count(dataset_rows)}</Link>,
  },
  {
    key: 'alerts',
    sort: (status) => openAlerts(status).length,
    head: 'Alerts',
    wide: true,
    cell: (status) => {
      const open = openAlerts(status);
      return open.length === 0 ? (
        <span className="muted">none</span>
      ) : (
        <Link to={{ page: 'overview', model: status.model }}>
          <Badge tone="bad">{open.map(({ alert }) => alert).join(', ')}</Badge>
        </Link>
      );
    },
  },
];

function LastVerdict({ model, last_run: run }: ModelStatus) {
  if (run === null) return <span className="muted">never trained</span>;
  const to = { page: 'runs', model, run: run.run_id } as const;
  if (run.verdict === null) return <Link to={to}>run {run.state}</Link>;
  return (
    <>
      <VerdictBadge verdict={run.verdict} /> <Link to={to}>{run.version ?? run.state}</Link>
    </>
  );
}

/** Every model in a line: what is live, how it does, what the gate said last, and what is wrong. */
export function ModelsPage({ models }: { models: readonly ModelStatus[] }) {
  const troubled = models.filter((status) => openAlerts(status).length > 0).length;
  return (
    <>
      <PageHead
        title="Models"
        lead={
          <p role="status">
            {troubled === 0
              ? 'No alert is open.'
              : `${troubled} of ${plural(models.length, 'model')} ${troubled === 1 ? 'has' : 'have'} open alerts.`}
          </p>
        }
      />
      <InProgressCard title="In progress" models={models} />
      <Card title="All models" flush>
        <Filtered table="models" what="models" rows={models} facets={FACETS} text={({ model }) => model}>
          {(shown) => (
            <DataTable
              caption="All models"
              columns={COLUMNS}
              rows={shown}
              keyOf={({ model }) => model}
              marked={(status) => openAlerts(status).length > 0}
            />
          )}
        </Filtered>
      </Card>
    </>
  );
}
