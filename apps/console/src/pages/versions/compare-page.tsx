import { comparedMetric, isBetter } from '#contracts/compared-metrics';
import type { VersionComparison, VersionDetail } from '#contracts/http/versions';
import { useComparison } from '../../api/queries.js';
import { Answer } from '../../components/answer.js';
import { VerdictBadge, VersionBadge } from '../../components/badge.js';
import { Card } from '../../components/card.js';
import { type Column, DataTable } from '../../components/data-table.js';
import { WarningIcon } from '../../components/icons.js';
import { When } from '../../components/when.js';
import { count, decimal, percent, plural, points, signed, signedCount } from '../../format/numbers.js';
import { Link } from '../../routing/link.js';
import { PageHead } from '../page-head.js';

type Line = VersionComparison['metrics'][number];

export function ComparePage({ model, from, to }: { model: string; from: string; to: string }) {
  const query = useComparison(model, from, to);
  return (
    <>
      <PageHead
        title={`${from} and ${to}`}
        lead={<Link to={{ page: 'versions', model }}>All versions</Link>}
        actions={<Link to={{ page: 'compare', model, from: to, to: from }}>Swap the sides</Link>}
      />
      <Answer query={query} lines={8}>
        {(comparison) => (
          <>
            {!comparison.same_holdout && (
              <p className="banner">
                <WarningIcon /> They were not scored on the same holdout rows: the differences may come from the rows
                rather than from the models.
              </p>
            )}
            {comparison.same_rows && !comparison.same_holdout && (
              <Card
                title={`On the same ${plural(comparison.same_rows.rows, 'row')}`}
                aside={<span className="muted">as the gate found</span>}
                flush
              >
                <DataTable
                  caption={`Metrics of ${from} and ${to} on the same rows`}
                  columns={columns(from, to)}
                  rows={comparison.same_rows.metrics}
                  keyOf={({ metric }) => metric}
                />
              </Card>
            )}
            <Card title={comparison.same_holdout ? 'Metrics' : 'Each as it was judged'} flush>
              <DataTable
                caption={`Metrics of ${from} and ${to}`}
                columns={columns(from, to)}
                rows={comparison.metrics}
                keyOf={({ metric }) => metric}
              />
            </Card>
            <div className="columns">
              <Side model={model} detail={comparison.from} />
              <Side model={model} detail={comparison.to} />
            </div>
          </>
        )}
      </Answer>
    </>
  );
}

const FORMS = {
  share: { plain: percent, difference: points },
  number: { plain: decimal, difference: signed },
  count: { plain: count, difference: signedCount },
} as const;

const formOf = ({ metric }: Line) => FORMS[comparedMetric(metric).form];

const columns = (from: string, to: string): readonly Column<Line>[] => [
  {
    key: 'metric',
    head: 'Metric',
    wide: true,
    cell: ({ metric }) => {
      const { title, better } = comparedMetric(metric);
      return (
        <>
          {title} {better === 'less' && <span className="muted small">less is better</span>}
        </>
      );
    },
  },
  { key: 'from', head: from, number: true, cell: (line) => formOf(line).plain(line.from) },
  { key: 'to', head: to, number: true, cell: (line) => formOf(line).plain(line.to) },
  {
    key: 'difference',
    head: 'Difference',
    number: true,
    cell: (line) => {
      const better = isBetter(line.metric, line.difference);
      return (
        <span className={better === null ? 'muted' : better ? 'tone-good' : 'tone-bad'}>
          {formOf(line).difference(line.difference)}
        </span>
      );
    },
  },
];

function Side({ model, detail }: { model: string; detail: VersionDetail }) {
  return (
    <Card title={detail.version} aside={<VersionBadge state={detail.state} />}>
      <dl className="facts">
        <div>
          <dt>Gate</dt>
          <dd>
            <VerdictBadge verdict={detail.verdict} />
          </dd>
        </div>
        <div>
          <dt>Algorithm</dt>
          <dd>{detail.backend}</dd>
        </div>
        <div>
          <dt>Rows</dt>
          <dd>{count(detail.dataset_size)}</dd>
        </div>
        <div>
          <dt>Trained</dt>
          <dd>
            <When at={detail.created_at} />
          </dd>
        </div>
        <div>
          <dt>Details</dt>
          <dd>
            <Link to={{ page: 'version', model, version: detail.version }}>{detail.version}</Link>
          </dd>
        </div>
      </dl>
    </Card>
  );
}
