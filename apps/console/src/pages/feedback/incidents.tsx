import type { StreamIncident } from '#contracts/http/feedback';
import { isMissing } from '../../api/client.js';
import { useStreamIncidents } from '../../api/queries.js';
import { Answer } from '../../components/answer.js';
import { Card } from '../../components/card.js';
import { type Column, DataTable } from '../../components/data-table.js';
import { When } from '../../components/when.js';
import { plural } from '../../format/numbers.js';

const COLUMNS: readonly Column<StreamIncident>[] = [
  { key: 'topic', head: 'Topic', wide: true, cell: ({ topic }) => <code>{topic}</code> },
  { key: 'partition', head: 'Partition', number: true, from: 2, cell: ({ partition }) => partition },
  { key: 'what', head: 'What happened', wide: true, cell: story },
  { key: 'seen', head: 'Seen', cell: ({ seen_at }) => <When at={seen_at} /> },
];

function story({ kind, from_offset: from, to_offset: to }: StreamIncident) {
  if (kind === 'lost') {
    const messages = Number(BigInt(to) - BigInt(from));
    return (
      <span className="tone-bad">
        {plural(messages, 'message')} removed by retention before they were read (offsets {from} to{' '}
        {(BigInt(to) - 1n).toString()})
      </span>
    );
  }
  const what = kind === 'remade' ? 'Another topic of the same name' : 'The topic lost its end';
  return `${what}: read from its beginning, from where it was at ${from}`;
}

/** What was lost before it was read, and topics that were made anew; left out while nothing was, and where the registry cannot say. */
export function Incidents({ model }: { model: string }) {
  const query = useStreamIncidents(model);
  if (isMissing(query.error) || query.data?.length === 0) return null;
  return (
    <Card title="Lost or read again" flush>
      <Answer query={query}>
        {(incidents) => (
          <DataTable
            caption="What happened to the streams"
            columns={COLUMNS}
            rows={incidents}
            keyOf={({ incident_id }) => incident_id}
          />
        )}
      </Answer>
    </Card>
  );
}
