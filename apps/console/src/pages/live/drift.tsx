import type { DriftCheck } from '#contracts/http/metrics';
import { isMissing } from '../../api/client.js';
import { useDrift } from '../../api/queries.js';
import { Sparkline } from '../../charts/sparkline.js';
import { Answer } from '../../components/answer.js';
import { Badge } from '../../components/badge.js';
import { Card } from '../../components/card.js';
import { type Column, DataTable } from '../../components/data-table.js';
import { Empty } from '../../components/notice.js';
import { When } from '../../components/when.js';
import { count, points } from '../../format/numbers.js';
import { driftOf, type FeatureNow, PSI_MATTERS } from '../../state/drift.js';

/** How far the inputs are from those the live version was trained on; left out where the registry cannot say. */
export function Drift({ model }: { model: string }) {
  const query = useDrift(model);
  if (isMissing(query.error)) return null;
  const [latest] = query.data ?? [];
  return (
    <Card title="Drift of the inputs" aside={latest && <LastCheck check={latest} />} flush={latest !== undefined}>
      <Answer query={query}>
        {(checks) =>
          checks.length === 0 ? (
            <Empty title="Not looked at yet">
              <p>
                Once 500 new rows have come in since a version went live, each feature is compared with the rows the
                version was trained on.
              </p>
            </Empty>
          ) : (
            <DataTable
              caption="Drift per feature, the furthest first"
              columns={COLUMNS}
              rows={driftOf(checks)}
              keyOf={({ feature }) => feature}
            />
          )
        }
      </Answer>
    </Card>
  );
}

function LastCheck({ check: { version, rows, checked_at } }: { check: DriftCheck }) {
  return (
    <span className="muted">
      {count(rows)} rows against those of {version}, <When at={checked_at} />
    </span>
  );
}

/** A change that would be shown as zero is none. */
const change = (share: number) => (Math.abs(share) < 0.0005 ? <span className="muted">–</span> : points(share));

const COLUMNS: readonly Column<FeatureNow>[] = [
  {
    key: 'feature',
    head: 'Feature',
    cell: ({ feature }) => (feature === 'prediction' ? <em>how sure its decisions are</em> : <code>{feature}</code>),
  },
  {
    key: 'state',
    head: 'State',
    cell: ({ drifted }) => <Badge tone={drifted ? 'warn' : 'good'}>{drifted ? 'drifted' : 'steady'}</Badge>,
  },
  {
    key: 'psi',
    head: <abbr title={`Population stability index; from ${PSI_MATTERS} on it matters`}>PSI</abbr>,
    number: true,
    cell: ({ psi }) => psi.toFixed(3),
  },
  {
    key: 'over-time',
    head: 'Over the last checks',
    from: 2,
    wide: true,
    cell: ({ history }) =>
      history.length < 2 ? (
        <span className="muted">first check</span>
      ) : (
        <Sparkline values={history} reference={PSI_MATTERS} height={26} />
      ),
  },
  {
    key: 'missing',
    head: 'Missing',
    number: true,
    from: 3,
    cell: ({ missing }) => change(missing),
  },
  {
    key: 'unseen',
    head: 'Never seen in training',
    number: true,
    from: 3,
    cell: ({ unseen }) => change(unseen),
  },
];
