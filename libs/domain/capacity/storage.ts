import { costOf, type Figures, RUN_FEATURES } from './costs.js';
import { ASSUMED, type Load } from './load.js';

const DAY = 86_400;

/** Bytes of the whole installation once it is as old as what it keeps. */
export interface Storage {
  readonly postgres: {
    readonly bytes: number;
    readonly bytesPerDay: number;
    /** Raw outcomes and predictions, by months: a month that is folded can be detached. */
    readonly removable: number;
    /** Ids, tasks and judgements. */
    readonly lasting: number;
    readonly rowsPerSecond: number;
  };
  readonly kafka: { readonly bytes: number; readonly bytesPerSecond: number };
  readonly artifacts: { readonly bytes: number; readonly snapshotBytes: number };
}

/** Every decision leaves a prediction; an outcome that no decision belongs to tells its features itself. */
export function storageOf(load: Load, figures: Figures): Storage {
  const { events, decisions, features, keepDays, rawDays, topicDays, models } = load;
  const cost = (name: Parameters<typeof costOf>[1]): number => costOf(figures, name, features);
  const decided = Math.min(events, decisions);
  const told = events - decided;
  const open = decisions - decided;
  const removable = decided * cost('event') + told * cost('eventWithFeatures') + decisions * cost('prediction');
  const lasting =
    (events + decisions) * cost('id') +
    (decided + open) * cost('taskDecided') +
    told * cost('taskTold') +
    decided * cost('judgement');
  const log = decided * cost('outcomeLog') + told * cost('outcomeLogWithFeatures') + decisions * cost('predictionLog');
  const rows = (events * keepDays * DAY) / models;
  const snapshotBytes = (rows * cost('snapshotRow') * features) / RUN_FEATURES;
  const raw = removable * rawDays * DAY;
  const kept = lasting * keepDays * DAY;
  return {
    postgres: {
      bytes: raw + kept,
      bytesPerDay: (removable + lasting) * DAY,
      removable: raw,
      lasting: kept,
      rowsPerSecond: events + decisions,
    },
    kafka: { bytes: log * topicDays * DAY * (load.zones === 1 ? 1 : ASSUMED.replication), bytesPerSecond: log },
    artifacts: { bytes: models * ASSUMED.versions * (snapshotBytes + cost('package')), snapshotBytes },
  };
}
