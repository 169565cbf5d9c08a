import type { FeedbackSource } from '#contracts/http/feedback';
import { isMissing } from '../../api/client.js';
import { useFeedbackSources } from '../../api/queries.js';
import { Answer } from '../../components/answer.js';
import { Card } from '../../components/card.js';
import { type Column, DataTable } from '../../components/data-table.js';
import { When } from '../../components/when.js';
import { count } from '../../format/numbers.js';

const COLUMNS: readonly Column<FeedbackSource>[] = [
  { key: 'topic', head: 'Topic', wide: true, cell: ({ topic }) => <code>{topic}</code> },
  { key: 'rate', head: 'Per minute', number: true, cell: ({ per_minute }) => count(Math.round(per_minute)) },
  {
    key: 'lag',
    head: 'Lag',
    number: true,
    cell: ({ lag }) => (lag === null ? <span className="muted">unknown</span> : count(lag)),
  },
  { key: 'events', head: 'Events', number: true, from: 2, cell: ({ events }) => count(events) },
  { key: 'last', head: 'Last one', from: 2, cell: ({ last_received_at }) => <When at={last_received_at} /> },
];

/** How much arrives and how far behind its reader is; left out where the registry cannot say. */
export function Sources({ model }: { model: string }) {
  const query = useFeedbackSources(model);
  if (isMissing(query.error)) return null;
  return (
    <Card title="Streams" flush>
      <Answer query={query}>
        {(sources) => (
          <DataTable caption="Streams of feedback" columns={COLUMNS} rows={sources} keyOf={({ topic }) => topic} />
        )}
      </Answer>
    </Card>
  );
}
