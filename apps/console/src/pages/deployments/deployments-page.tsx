import type { Deployment } from '#contracts/http/deployments';
import { useDeployments } from '../../api/queries.js';
import { Answer } from '../../components/answer.js';
import { Badge, DeploymentBadge } from '../../components/badge.js';
import { Card } from '../../components/card.js';
import { type Column, DataTable } from '../../components/data-table.js';
import { Filtered } from '../../components/filtered.js';
import { Empty } from '../../components/notice.js';
import { When } from '../../components/when.js';
import { milliseconds } from '../../format/numbers.js';
import { Link } from '../../routing/link.js';
import type { Facet } from '../../state/filtered.js';
import { PageHead } from '../page-head.js';

const FACETS: readonly Facet<Deployment>[] = [
  { name: 'kind', all: 'Every kind', of: ({ kind, forced }) => (forced ? [kind, 'forced'] : kind) },
  { name: 'state', all: 'Every state', of: ({ state }) => state },
  { name: 'trigger', all: 'By whatever set it going', of: ({ trigger }) => trigger },
  { name: 'actor', all: 'By anybody', of: ({ actor }) => actor },
];

const words = ({ from_version, to_version, actor, trigger, reason, failure }: Deployment): string =>
  [from_version, to_version, actor, trigger, reason, failure].join(' ');

/** Every deployment, rollback and rehearsal of a model. */
export function DeploymentsPage({ model }: { model: string }) {
  const query = useDeployments(model);
  return (
    <>
      <PageHead title="Deployments" lead={<p>What went live and what was taken back, by whom and why.</p>} />
      <Card title="Newest deployments" flush>
        <Answer query={query} lines={8}>
          {(deployments) =>
            deployments.length === 0 ? (
              <Empty title="Nothing was deployed yet" />
            ) : (
              <Filtered table="deployments" what="deployments" rows={deployments} facets={FACETS} text={words}>
                {(shown) => (
                  <DataTable
                    caption="Deployments, newest first"
                    columns={columns(model)}
                    rows={shown}
                    keyOf={({ deployment_id }) => deployment_id}
                    below={({ failure }) => (failure === null ? null : <p className="tone-bad">{failure}</p>)}
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

/** Until the last instance acknowledged. */
const slowest = ({ instances }: Deployment): number | null => {
  const times = instances.flatMap(({ milliseconds: ms }) => (ms === null ? [] : [ms]));
  return times.length === 0 ? null : Math.max(...times);
};

const columns = (model: string): readonly Column<Deployment>[] => [
  {
    key: 'when',
    sort: ({ started_at }) => Date.parse(started_at),
    head: 'Started',
    cell: ({ started_at }) => <When at={started_at} />,
  },
  {
    key: 'kind',
    head: 'Kind',
    from: 2,
    cell: ({ kind, forced }) => (
      <>
        {kind} {forced && <Badge tone="warn">forced</Badge>}
      </>
    ),
  },
  {
    key: 'change',
    sort: ({ to_version }) => to_version,
    head: 'Change',
    cell: ({ from_version, to_version }) => (
      <>
        {from_version ?? 'nothing'} →{' '}
        <Link to={{ page: 'version', model, version: to_version }} className="strong">
          {to_version}
        </Link>
      </>
    ),
  },
  { key: 'state', sort: ({ state }) => state, head: 'State', cell: ({ state }) => <DeploymentBadge state={state} /> },
  { key: 'generation', head: 'Generation', number: true, from: 3, cell: ({ generation }) => generation },
  {
    key: 'took',
    sort: slowest,
    head: 'Took',
    number: true,
    from: 3,
    cell: (deployment) => {
      const took = slowest(deployment);
      return took === null ? '–' : milliseconds(took);
    },
  },
  {
    key: 'who',
    head: 'Who',
    from: 2,
    cell: ({ trigger, actor }) => <span className="name">{trigger === actor ? actor : `${actor} (${trigger})`}</span>,
  },
  { key: 'why', head: 'Why', wide: true, from: 2, cell: ({ reason }) => <span className="clamped">{reason}</span> },
];
