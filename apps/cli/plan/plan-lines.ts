import { ASSUMED } from '#domain/capacity/load';
import { MACHINE, type Part, type Plan } from '#domain/capacity/plan';
import type { Wall } from '#domain/capacity/walls';
import { count, duration, percent, plural, size } from '../output/quantities.js';
import type { Colors } from '../output/screen.js';
import { facts, table } from '../output/table.js';

const GIB = 2 ** 30;

/** As many digits as a plan is worth: two, or all before the point. */
const rough = (value: number): string =>
  value >= 100 ? count(Math.round(value)) : value.toLocaleString('en-US', { maximumSignificantDigits: 2 });
const memory = (bytes: number): string => `${rough(bytes / GIB)} GiB`;
const span = (days: number): string =>
  days < 1 ? plural(Math.round(days * 24), 'hour') : plural(Math.round(days), 'day');

const STAGES: Readonly<Record<Plan['stage'], string>> = {
  laptop: 'A laptop does: npm start.',
  'one machine': 'One machine does: docker compose up.',
  'more than one machine': `More than one machine of ${MACHINE.cores} cores, ${memory(MACHINE.memoryBytes)} and ${size(MACHINE.diskBytes)}: plan with --zones 3, or see below.`,
  'three zones': 'A cluster: the Helm chart over three zones (docs/going-to-production.md).',
};

function quantity(value: number, unit: Wall['unit']): string {
  switch (unit) {
    case 'disk':
      return size(value);
    case 'memory':
      return memory(value);
    case 's':
      return value >= 7200 ? `${rough(value / 3600)} h` : duration(value * 1000);
    case 'cores':
      return `${value.toFixed(2)} cores`;
    case 'rows/s':
      return rate(value, 'rows');
  }
}

const used = (share: number): string =>
  share > 0 && share < 0.01 ? 'under 1 %' : `${count(Math.floor(share * 100))} %`;

/** Small rates by the day. */
const rate = (perSecond: number, what: string): string =>
  perSecond < 1 ? `${rough(perSecond * 86_400)} ${what} a day` : `${rough(perSecond)} ${what}/s`;
const outcomes = (perSecond: number | null): string => (perSecond === null ? 'never' : rate(perSecond, 'outcomes'));

function loadLine({ load }: Plan): string {
  const { events, decisions, features, peak, models, keepDays } = load;
  return `${rate(events, 'outcomes')} and ${rate(decisions, 'decisions')} of ${plural(features, 'feature')}, ${rough(peak)} times that at the peak; ${plural(models, 'model')}; ${span(keepDays)} of history.`;
}

function partsTable({ parts, totals }: Plan, colors: Colors, width: number): string[] {
  const rows: (Part & { sum?: true })[] = [
    ...parts,
    { part: 'in all', count: parts.reduce((sum, part) => sum + part.count, 0), ...totals, sum: true },
  ];
  const amount = (value: number, text: (value: number) => string): string => (value === 0 ? '–' : text(value));
  return table(
    rows,
    [
      { title: 'PART', cell: ({ part }) => part },
      { title: 'COUNT', cell: (row) => count(row.count), align: 'right' },
      { title: 'CORES EACH', cell: ({ cores }) => amount(cores, count), align: 'right' },
      { title: 'MEMORY EACH', cell: ({ memoryBytes }) => amount(memoryBytes, memory), align: 'right' },
      { title: 'DISK EACH', cell: ({ diskBytes }) => amount(diskBytes, size), align: 'right' },
    ],
    colors,
    width,
  );
}

const learnt = ({ rows, learntFrom }: Plan['instances']['run']): string =>
  learntFrom < rows
    ? `the newest ${count(learntFrom)} of ${count(Math.round(rows))} rows`
    : `${count(Math.round(rows))} rows`;

function detailLines({ load, storage, instances }: Plan, colors: Colors): string[] {
  const { postgres, kafka, artifacts } = storage;
  const { run } = instances;
  const copies = load.zones === 1 ? 'one copy' : `${ASSUMED.replication} copies`;
  return facts(
    [
      [
        'Kafka',
        `${plural(instances.partitions, 'partition')} for each topic of outcomes and predictions; ${size(Math.round(kafka.bytesPerSecond))} a second, ${size(kafka.bytes)} in ${span(load.topicDays)} and ${copies}`,
      ],
      [
        'Postgres',
        `${size(postgres.bytesPerDay)} a day, ${size(postgres.bytes)} after ${span(load.keepDays)}; ${size(postgres.removable)} of it are the raw rows of ${span(load.rawDays)}, whose months can be detached`,
      ],
      [
        'one training',
        `${learnt(run)}, ${memory(run.trainerBytes)}, ${quantity(run.seconds, 's')} on two cores; every ${span(load.retrainDays)}`,
      ],
      ['one verdict', `${count(Math.round(run.holdoutRows))} rows of holdout, ${memory(run.evaluatorBytes)}`],
      [
        'artifacts',
        `${size(artifacts.bytes)}: ${ASSUMED.versions} versions of each model, each with a snapshot of ${size(artifacts.snapshotBytes)}`,
      ],
    ],
    colors,
  );
}

function wallLines({ walls }: Plan, colors: Colors, width: number): string[] {
  const [first] = walls;
  const beyond = walls.filter(({ share }) => share > 1);
  const told = beyond.length > 0 ? beyond : first === undefined ? [] : [first];
  return [
    ...table(
      walls,
      [
        { title: 'WALL', cell: ({ name }) => name },
        { title: 'NEEDED', cell: ({ load, unit }) => quantity(load, unit), align: 'right' },
        { title: 'AT MOST', cell: ({ limit, unit }) => quantity(limit, unit), align: 'right' },
        {
          title: 'USED',
          cell: ({ share }) => (share > 1 ? colors.red(used(share)) : used(share)),
          align: 'right',
        },
        { title: 'REACHED AT', cell: ({ reachedAt }) => outcomes(reachedAt), align: 'right' },
      ],
      colors,
      width,
    ),
    '',
    beyond.length > 0
      ? colors.red(
          `${plural(beyond.length, 'wall')} in the way, the first at ${outcomes(first?.reachedAt ?? null)}. What to do:`,
        )
      : `The first wall is ${first?.name ?? 'none'}, at ${outcomes(first?.reachedAt ?? null)}. What to do there:`,
    ...told.flatMap(({ name, what, remedy }) => [`  ${name} (${what}):`, `    ${remedy}`]),
  ];
}

export function planLines(plan: Plan, colors: Colors, width: number): string[] {
  return [
    loadLine(plan),
    STAGES[plan.stage],
    '',
    ...partsTable(plan, colors, width),
    '',
    ...detailLines(plan, colors),
    '',
    ...wallLines(plan, colors, width),
    '',
    colors.dim(
      `Rates are those of two cores that did everything, of which ${percent(ASSUMED.use)} is used at the peak; disks are filled to ${percent(ASSUMED.filled)}. Every figure and its source: docs/scaling.md.`,
    ),
  ];
}
