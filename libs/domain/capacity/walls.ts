import { ratchet } from '#contracts/command-line';
import { costOf, type Figures } from './costs.js';
import { type Instances, rowsThatFit } from './instances.js';
import { ASSUMED, type Load } from './load.js';
import type { Storage } from './storage.js';

/** Something that more instances of the same do not help against. */
export interface Wall {
  readonly name: 'fold' | 'writes' | 'volume' | 'training memory' | 'judging memory' | 'training time' | 'registry';
  readonly what: string;
  readonly unit: 'rows/s' | 'disk' | 'memory' | 's' | 'cores';
  readonly load: number;
  readonly limit: number;
  /** Load by limit: above 1, the plan does not work without the remedy. */
  readonly share: number;
  /** Outcomes a second at which it is reached, if everything else grows alike; null where it never is. */
  readonly reachedAt: number | null;
  readonly remedy: string;
}

const MIB = 2 ** 20;
const toTwoDigits = (value: number): number => Number(value.toPrecision(2));

/** All walls, the nearest first. */
export function wallsOf(load: Load, storage: Storage, instances: Instances, figures: Figures): Wall[] {
  const { events, decisions, peak, features, retrainDays } = load;
  const cost = (name: Parameters<typeof costOf>[1]): number => costOf(figures, name, features);
  const { run } = instances;
  const found: (Pick<Wall, 'name' | 'what' | 'unit' | 'load' | 'limit' | 'remedy'> & { readonly grows?: number })[] = [
    {
      name: 'fold',
      what: 'rows folded into the dataset, by one instance at a time',
      unit: 'rows/s',
      load: events + decisions,
      limit: cost('foldRate'),
      remedy:
        'Give groups of models an installation each, with a Postgres of its own, on the same Kafka (KAFKA_TOPIC_PREFIX).',
    },
    {
      name: 'writes',
      what: 'rows into one Postgres, at the peak',
      unit: 'rows/s',
      load: (events + decisions) * peak,
      limit: cost('copyRate'),
      remedy:
        'Give groups of models an installation each, with a Postgres of its own; a peak that passes may also wait in Kafka.',
    },
    {
      name: 'volume',
      what: 'what one Postgres keeps, on one volume',
      unit: 'disk',
      load: storage.postgres.bytes / ASSUMED.filled,
      limit: ASSUMED.largestVolume,
      remedy:
        'Detach months of raw rows once they are folded (--raw-keep; docs/feedback.md), and give groups of models an installation each, with a Postgres of its own.',
    },
    {
      name: 'training memory',
      what: 'one training of what a model learns from',
      unit: 'memory',
      load: run.trainerBytes,
      grows: run.learntFrom < run.rows ? 0 : run.trainerBytes - cost('runBase') * MIB,
      limit: ASSUMED.largestMemory,
      remedy: `Learn from the newest rows, at most ${toTwoDigits(rowsThatFit(load, figures)).toLocaleString('en-US')} of them here (--train-rows; training_window: { rows: … } in the definition), or train on Spark: ${ratchet('retrain', 'MODEL', '--engine spark')}.`,
    },
    {
      name: 'judging memory',
      what: 'one holdout of all that is kept of a model',
      unit: 'memory',
      load: run.evaluatorBytes,
      grows: run.evaluatorBytes - ASSUMED.service,
      limit: ASSUMED.largestMemory,
      remedy:
        'Make the test part a smaller share (split.shares in the definition) before there are rows, or give groups of tasks a model each.',
    },
    {
      name: 'training time',
      what: 'one training of all that is kept of a model, on two cores',
      unit: 's',
      load: run.seconds,
      limit: retrainDays * 86_400,
      remedy: 'Retrain less often, give the trainer more cores, or train elsewhere.',
    },
    {
      name: 'registry',
      what: 'heartbeats of serving instances, in one registry',
      unit: 'cores',
      load: instances.registryCores.always + instances.registryCores.ofInstances,
      grows: instances.registryCores.ofInstances,
      limit: ASSUMED.use,
      remedy: 'Give groups of models serving instances of their own, in an installation each.',
    },
  ];
  return found
    .map(({ grows, ...wall }) => ({
      ...wall,
      share: wall.load / wall.limit,
      reachedAt: reachedAt(events, wall, grows ?? wall.load),
    }))
    .toSorted((a, b) => (a.reachedAt ?? Number.POSITIVE_INFINITY) - (b.reachedAt ?? Number.POSITIVE_INFINITY));
}

/** Of the load, only `grows` becomes more with the outcomes. */
function reachedAt(events: number, { load, limit }: Pick<Wall, 'load' | 'limit'>, grows: number): number | null {
  return grows > 0 ? (events * Math.max(0, limit - (load - grows))) / grows : null;
}
