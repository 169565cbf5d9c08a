import { ratchet } from '#contracts/command-line';
import type { StreamIncident } from '#contracts/http/feedback';
import { isMissing } from '../../api/client.js';
import { useStreamIncidents } from '../../api/queries.js';
import { Answer } from '../../components/answer.js';
import { Card } from '../../components/card.js';
import { type Column, DataTable } from '../../components/data-table.js';
import { When } from '../../components/when.js';
import { plural } from '../../format/numbers.js';

const COLUMNS: readonly Column<StreamIncident>[] = [
  { key: 'topic', head: 'Topic', cell: ({ topic }) => <code>{topic}</code> },
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

/** What is to be done, by the worst that is listed. */
function next(incidents: readonly StreamIncident[], model: string) {
  if (incidents.every(({ kind }) => kind !== 'lost'))
    return 'What came again was recognised by its id. Nothing is to be done.';
  return (
    <>
      What was removed is gone from Kafka. If the engine still has it, bring it again, and what is stored is recognised:{' '}
      <code>npx {ratchet('import FILE', model)}</code> or <code>npx {ratchet('collect', model, '--use-api')}</code>.
      Make the retention longer than your longest outage.
    </>
  );
}

/** What was lost before it was read, and topics that were made anew; left out while nothing was, and where the registry cannot say. */
export function Incidents({ model }: { model: string }) {
  const query = useStreamIncidents(model);
  if (isMissing(query.error) || query.data?.length === 0) return null;
  return (
    <Card title="Lost or read again" flush>
      <Answer query={query}>
        {(incidents) => (
          <>
            <p className="card-note">{next(incidents, model)}</p>
            <DataTable
              caption="What happened to the streams"
              columns={COLUMNS}
              rows={incidents}
              keyOf={({ incident_id }) => incident_id}
            />
          </>
        )}
      </Answer>
    </Card>
  );
}
