import type { AlertChannel, ChannelTest } from '#contracts/http/alerts';
import { useTestAlerts } from '../../api/commands.js';
import { useAlertChannels } from '../../api/queries.js';
import { Answer } from '../../components/answer.js';
import { Badge } from '../../components/badge.js';
import { Button } from '../../components/button.js';
import { Card } from '../../components/card.js';
import { type Column, DataTable } from '../../components/data-table.js';
import { Empty, Trouble } from '../../components/notice.js';
import { When } from '../../components/when.js';
import { count } from '../../format/numbers.js';
import { ForOperators } from '../../session/who-context.js';

const conditionOf = ({ problem, waiting }: AlertChannel) =>
  problem === null ? (
    waiting === 0 ? (
      <Badge tone="good">nothing waits</Badge>
    ) : (
      <Badge tone="warn">{count(waiting)} waiting</Badge>
    )
  ) : (
    <>
      <Badge tone="bad">not taken</Badge> <span className="small">{problem}</span>
    </>
  );

const COLUMNS: readonly Column<AlertChannel>[] = [
  { key: 'channel', head: 'Channel', cell: ({ channel }) => <span className="strong">{channel}</span> },
  { key: 'place', head: 'To', from: 2, cell: ({ place }) => place },
  {
    key: 'delivered',
    head: 'Last delivered',
    from: 2,
    cell: ({ delivered_at }) => (delivered_at === null ? '–' : <When at={delivered_at} />),
  },
  { key: 'condition', head: 'Condition', wide: true, cell: conditionOf },
];

/** Who is told of alerts, of all models, and a test of it. */
export function Notifications() {
  const channels = useAlertChannels();
  const test = useTestAlerts();
  const some = channels.data !== undefined && channels.data.length > 0;
  return (
    <Card
      title="Notifications"
      flush
      aside={
        some && (
          <ForOperators>
            <Button small disabled={test.isPending} onClick={() => test.mutate()}>
              {test.isPending ? 'Sending…' : 'Send a test'}
            </Button>
          </ForOperators>
        )
      }
    >
      <Answer query={channels} lines={2}>
        {(found) =>
          found.length === 0 ? (
            <Empty title="Nobody is told of alerts">
              <p>
                The registry tells Slack, Teams, e-mail, a webhook or an Alertmanager, once it has an address of them:{' '}
                <code>ALERT_SLACK_URL</code> and others, in <code>docs/operations/notifications.md</code>.
              </p>
            </Empty>
          ) : (
            <DataTable
              caption="Channels that alerts are told through"
              columns={COLUMNS}
              rows={found}
              keyOf={({ channel }) => channel}
            />
          )
        }
      </Answer>
      <div role="status">{test.data !== undefined && <TestResults tests={test.data} />}</div>
      {test.error !== null && <Trouble error={test.error} />}
    </Card>
  );
}

function TestResults({ tests }: { tests: readonly ChannelTest[] }) {
  return (
    <ul className="test-results">
      {tests.map(({ channel, delivered, problem }) => (
        <li key={channel}>
          <span className="strong">{channel}</span>{' '}
          {delivered ? (
            <Badge tone="good">delivered</Badge>
          ) : (
            <>
              <Badge tone="bad">not delivered</Badge> <span className="small">{problem}</span>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}
