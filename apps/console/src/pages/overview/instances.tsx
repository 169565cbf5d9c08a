import type { ModelStatus } from '#contracts/http/models';
import { Badge } from '../../components/badge.js';
import { Card } from '../../components/card.js';
import { type Column, DataTable } from '../../components/data-table.js';
import { Empty } from '../../components/notice.js';
import { When } from '../../components/when.js';
import { isSilent } from '../../state/health.js';

type Instance = ModelStatus['instances'][number];

/** Who answers, and with what. */
export function Instances({ status, at }: { status: ModelStatus; at: Date }) {
  const { live, canary } = status;
  const columns: Column<Instance>[] = [
    {
      key: 'instance',
      head: 'Instance',
      cell: ({ instance, url }) => (
        <>
          <span className="strong name">{instance}</span> <span className="muted small from-2-inline">{url}</span>
        </>
      ),
    },
    {
      key: 'serves',
      head: 'Serves',
      cell: ({ version }) => (
        <>
          {version ?? 'nothing'}
          {canary !== null && version !== null && (
            <span className="muted">
              {' '}
              + {canary.version} at {canary.percent}&nbsp;%
            </span>
          )}
          {version !== (live?.version ?? null) && (
            <>
              {' '}
              <Badge tone="warn">not the live one</Badge>
            </>
          )}
        </>
      ),
    },
    {
      key: 'generation',
      head: 'Generation',
      number: true,
      from: 2,
      cell: ({ generation, seen_generation }) =>
        generation === seen_generation ? generation : `${generation} (has seen ${seen_generation})`,
    },
    { key: 'warm', head: 'Warm', from: 3, cell: ({ warm }) => (warm.length === 0 ? '–' : warm.join(', ')) },
    { key: 'seen', head: 'Heard of', from: 2, cell: ({ last_seen }) => <When at={last_seen} /> },
    {
      key: 'state',
      head: 'State',
      cell: (instance) => {
        if (status.deaf_since) return <Badge tone="warn">not heard of</Badge>;
        if (isSilent(instance, at)) return <Badge tone="bad">silent</Badge>;
        if (instance.deaf_since)
          return (
            <>
              <Badge tone="bad">deaf</Badge> since <When at={instance.deaf_since} />
            </>
          );
        if (instance.standing === 'idle') return <Badge tone="bad">not told of any version</Badge>;
        if (instance.standing === 'ahead' || instance.standing === 'other-history')
          return <Badge tone="bad">on another history</Badge>;
        if (instance.ready)
          return instance.version === null ? <Badge tone="plain">no version</Badge> : <Badge tone="good">ready</Badge>;
        return (
          <>
            <Badge tone="bad">not ready</Badge> <span className="small">{instance.unready}</span>
          </>
        );
      },
    },
  ];
  return (
    <Card title="Serving instances" flush>
      {status.instances.length === 0 ? (
        <Empty title="No serving instance reports in">
          <p>
            Start one with <code>node dist/apps/serving/main.js</code>; it finds everything it needs on Kafka. If one
            runs, its <code>/health/ready</code> says what keeps it away.
          </p>
        </Empty>
      ) : (
        <DataTable
          caption="Serving instances"
          columns={columns}
          rows={status.instances}
          keyOf={({ instance }) => instance}
        />
      )}
    </Card>
  );
}
