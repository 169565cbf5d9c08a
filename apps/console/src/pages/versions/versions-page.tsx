import { useState } from 'react';
import type { VersionSummary } from '#contracts/http/versions';
import { useVersions } from '../../api/queries.js';
import { Answer } from '../../components/answer.js';
import { Badge, VerdictBadge, VersionBadge } from '../../components/badge.js';
import { Button } from '../../components/button.js';
import { Card } from '../../components/card.js';
import { type Column, DataTable } from '../../components/data-table.js';
import { Filtered } from '../../components/filtered.js';
import { Empty } from '../../components/notice.js';
import { When } from '../../components/when.js';
import { count, percent } from '../../format/numbers.js';
import { Link } from '../../routing/link.js';
import { navigate } from '../../routing/use-route.js';
import type { Facet } from '../../state/filtered.js';
import { PageHead } from '../page-head.js';

const tagsOf = ({ tags = {} }: VersionSummary): string[] =>
  Object.entries(tags).map(([key, value]) => `${key}=${value}`);

const FACETS: readonly Facet<VersionSummary>[] = [
  { name: 'state', all: 'Every state', of: ({ state }) => state },
  { name: 'verdict', all: 'Every verdict', of: ({ verdict }) => verdict },
  { name: 'alias', all: 'Every alias', of: ({ aliases = [] }) => aliases },
  { name: 'tag', all: 'Every tag', of: tagsOf },
  { name: 'algorithm', all: 'Every algorithm', of: ({ backend }) => backend },
];

const words = (version: VersionSummary): string =>
  [
    version.version,
    ...(version.aliases ?? []),
    ...tagsOf(version),
    version.description ?? '',
    version.created_by,
    version.digest,
  ].join(' ');

export function VersionsPage({ model }: { model: string }) {
  const query = useVersions(model);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  // The two chosen last are compared, so that a third choice needs no clearing first.
  const toggle = (version: string): void =>
    setChosen((now) => (now.includes(version) ? now.filter((one) => one !== version) : [...now, version].slice(-2)));

  return (
    <>
      <PageHead
        title="Versions"
        lead={<p>Every model that was trained, whether it went live or not. They never change.</p>}
        actions={<CompareButton model={model} chosen={chosen} versions={query.data ?? []} />}
      />
      <Card title="All versions" flush>
        <Answer query={query} lines={8}>
          {(versions) =>
            versions.length === 0 ? (
              <Empty title="No version yet">
                <p>
                  A run trains the first one: <Link to={{ page: 'runs', model, run: null }}>see the runs</Link>.
                </p>
              </Empty>
            ) : (
              <Filtered table="versions" what="versions" rows={versions} facets={FACETS} text={words}>
                {(shown) => (
                  <DataTable
                    caption="All versions, newest first"
                    columns={columns(model, chosen, toggle)}
                    rows={shown}
                    keyOf={({ version }) => version}
                    marked={({ state }) => state === 'live'}
                  />
                )}
              </Filtered>
            )
          }
        </Answer>
      </Card>
    </>
  );
}

interface CompareButtonProps {
  model: string;
  chosen: readonly string[];
  versions: readonly VersionSummary[];
}

function CompareButton({ model, chosen, versions }: CompareButtonProps) {
  if (versions.length < 2) return null;
  const [to, from] = versions.map(({ version }) => version).filter((version) => chosen.includes(version));
  if (to === undefined || from === undefined)
    return <span className="muted small">Tick two versions to compare them.</span>;
  return (
    <Button onClick={() => navigate({ page: 'compare', model, from, to })}>
      Compare {from} with {to}
    </Button>
  );
}

function columns(
  model: string,
  chosen: readonly string[],
  toggle: (version: string) => void,
): readonly Column<VersionSummary>[] {
  return [
    {
      key: 'choose',
      head: <span className="visually-hidden">Compare</span>,
      cell: ({ version }) => (
        <input
          type="checkbox"
          checked={chosen.includes(version)}
          onChange={() => toggle(version)}
          aria-label={`Compare ${version}`}
        />
      ),
    },
    {
      key: 'version',
      sort: ({ version }) => version,
      head: 'Version',
      cell: ({ version, aliases = [] }) => (
        <>
          <Link to={{ page: 'version', model, version }} className="strong">
            {version}
          </Link>
          {aliases.map((alias) => (
            <div key={alias}>
              <span className="name">
                <Badge tone="accent">{alias}</Badge>
              </span>
            </div>
          ))}
        </>
      ),
    },
    { key: 'state', sort: ({ state }) => state, head: 'State', cell: ({ state }) => <VersionBadge state={state} /> },
    {
      key: 'verdict',
      sort: ({ verdict }) => verdict,
      head: 'Gate',
      cell: ({ verdict }) => <VerdictBadge verdict={verdict} />,
    },
    {
      key: 'accuracy',
      sort: ({ evaluation_metrics }) => evaluation_metrics.accuracy,
      head: 'Accuracy',
      number: true,
      cell: ({ evaluation_metrics: { accuracy } }) => percent(accuracy),
    },
    {
      key: 'f1',
      sort: ({ evaluation_metrics }) => evaluation_metrics.f1_macro,
      head: 'Macro F1',
      number: true,
      from: 2,
      cell: ({ evaluation_metrics: { f1_macro } }) => percent(f1_macro),
    },
    {
      key: 'failures',
      sort: ({ evaluation_metrics }) => evaluation_metrics.failure_rate_reduction,
      head: 'Fewer failures',
      number: true,
      from: 3,
      cell: ({ evaluation_metrics: { failure_rate_reduction } }) => percent(failure_rate_reduction),
    },
    {
      key: 'rows',
      sort: ({ dataset_size }) => dataset_size,
      head: 'Rows',
      number: true,
      from: 2,
      cell: ({ dataset_size }) => count(dataset_size),
    },
    { key: 'backend', sort: ({ backend }) => backend, head: 'Algorithm', from: 3, cell: ({ backend }) => backend },
    {
      key: 'created',
      sort: ({ created_at }) => Date.parse(created_at),
      head: 'Trained',
      from: 2,
      cell: ({ created_at }) => <When at={created_at} />,
    },
    {
      key: 'deployed',
      sort: ({ deployed_at }) => deployed_at && Date.parse(deployed_at),
      head: 'Last deployed',
      from: 3,
      cell: ({ deployed_at }) => <When at={deployed_at} />,
    },
  ];
}
