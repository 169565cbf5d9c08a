import { Option } from 'commander';
import { z } from 'zod';
import { ratchet } from '#contracts/command-line';
import type { StreamIncident } from '#contracts/http/feedback';
import { defineCommand } from '../../cli.js';
import { count, when, zoned } from '../../output/quantities.js';
import type { Colors } from '../../output/screen.js';
import { table } from '../../output/table.js';

/** As people say it. */
function story({ kind, from_offset: from, to_offset: to }: StreamIncident): string {
  if (kind === 'lost') return `${count(Number(BigInt(to) - BigInt(from)))} messages removed before they were read`;
  const what = kind === 'remade' ? 'another topic of the same name' : 'the topic lost its end';
  return `${what}: read from its beginning`;
}

const offsets = ({ kind, from_offset: from, to_offset: to }: StreamIncident): string =>
  kind === 'lost' ? `${from} to ${BigInt(to) - 1n}` : `was at ${from}`;

const AGAIN = [
  'What was removed is gone from Kafka. If the engine still has it, bring it again, and what is stored is recognised:',
  `${ratchet('import FILE', null)}, or ${ratchet('collect', null, '--use-api')}. Make the retention longer than your longest outage.`,
];

export function incidentLines(incidents: readonly StreamIncident[], colors: Colors, width: number): string[] {
  if (incidents.length === 0) return ['Nothing was lost, and no topic was made anew.'];
  const rows = table(
    incidents,
    [
      { title: zoned('SEEN'), cell: (i) => when(i.seen_at) },
      { title: 'TOPIC', cell: (i) => i.topic },
      { title: 'PARTITION', cell: (i) => `${i.partition}`, align: 'right' },
      { title: 'WHAT', cell: story, text: 'wrap' },
      { title: 'OFFSETS', cell: offsets },
    ],
    colors,
    width,
  );
  return incidents.some(({ kind }) => kind === 'lost') ? [...rows, '', ...AGAIN] : rows;
}

export const incidents = defineCommand({
  usage: 'incidents',
  summary: 'What was lost of the streams before it was read, and which topics were made anew',
  description:
    'Retention that was faster than ingest removes messages for good; a topic or a cluster that was made anew is read from its beginning. Both are kept here with topic, partition and offsets.',
  options: [new Option('--limit <n>', 'so many at most').default(100)],
  schema: z.object({ limit: z.coerce.number<number>().int().min(1).max(1000) }),
  examples: ['ratchet dataset incidents', 'ratchet dataset incidents --json | jq \'.[] | select(.kind == "lost")\''],
  async run({ screen, ingest }, { limit }) {
    const found = await ingest.call('listStreamIncidents', { query: { limit } });
    screen.result(found, (colors) => incidentLines(found, colors, screen.width));
  },
});
