import { costOf, type Figures, RUN_FEATURES, RUN_ROWS } from './costs.js';
import { ASSUMED, type Load } from './load.js';

const MIB = 2 ** 20;
const DAY = 86_400;
/** A topic is made with so many partitions, and one feedback-ingest reads so many of them at a time. */
const PARTITIONS = 4;
/** What the rates were measured on. */
const CORES = 2;

export interface Instances {
  /** Of each topic of outcomes and predictions. */
  readonly partitions: number;
  readonly ingest: number;
  readonly serving: number;
  readonly registry: number;
  readonly evaluator: number;
  readonly trainer: number;
  /** Of one model, when the dataset is as old as what is kept. */
  readonly run: {
    readonly rows: number;
    /** Of these, what is learnt from. */
    readonly learntFrom: number;
    readonly holdoutRows: number;
    readonly seconds: number;
    readonly trainerBytes: number;
    readonly evaluatorBytes: number;
  };
  /** Cores that the registry takes: what it always does, and what serving instances add. */
  readonly registryCores: { readonly always: number; readonly ofInstances: number };
}

const atLeast = (least: number, needed: number): number => Math.max(least, Math.ceil(needed));

export function instancesFor(load: Load, figures: Figures): Instances {
  const { events, decisions, peak, features, models, keepDays, retrainDays, zones } = load;
  const cost = (name: Parameters<typeof costOf>[1]): number => costOf(figures, name, features);
  const least = zones === 1 ? 1 : 2;
  const used = (rate: number, capacity: number): number => (rate * peak) / (capacity * ASSUMED.use);
  const serving = atLeast(least, used(decisions, cost('answerRate')));
  const ingest = atLeast(least, used(events + decisions, cost('storedRate')));
  const rows = (events * keepDays * DAY) / models;
  const width = features / RUN_FEATURES;
  const seconds = (cost('runSeconds') * rows * width) / RUN_ROWS;
  const learntFrom = Math.min(rows, load.trainRows ?? rows);
  const holdoutRows = rows * ASSUMED.holdout;
  return {
    // Of either topic as many as its own messages need, and one at least for each instance that reads.
    partitions:
      PARTITIONS * atLeast(1, Math.max(used(Math.max(events, decisions), cost('storedRate')), ingest / PARTITIONS)),
    ingest,
    serving,
    registry: least,
    evaluator: atLeast(1, (models * holdoutRows * cost('holdoutCpu')) / 1e6 / (retrainDays * DAY * ASSUMED.use)),
    trainer: atLeast(1, (models * seconds) / (retrainDays * DAY * ASSUMED.use)),
    run: {
      rows,
      learntFrom,
      holdoutRows,
      seconds,
      trainerBytes: cost('runBase') * MIB + learntFrom * cost('runRow') * width,
      evaluatorBytes: ASSUMED.service + holdoutRows * cost('holdoutRow'),
    },
    registryCores: {
      always: cost('registryCpu') / 60_000,
      ofInstances: (Math.max(0, cost('registryInstanceCpu')) * serving) / 60_000,
    },
  };
}

/** Cores that Postgres, Kafka and ingest need together: all three shared the cores that the rates were measured on. */
export function coresForRows(load: Load, figures: Figures): number {
  const rows = load.events + load.decisions;
  const stored = (rows * load.peak * CORES) / costOf(figures, 'storedRate', load.features);
  const folded = (rows * CORES) / costOf(figures, 'foldRate', load.features);
  return (stored + folded) / ASSUMED.use;
}

/** Cores that are busy at the peak where all share a machine, and one training runs. */
export function coresTogether(load: Load, figures: Figures): number {
  const serving = (load.decisions * load.peak * CORES) / (costOf(figures, 'answerRate', load.features) * ASSUMED.use);
  return Math.ceil(CORES + serving + coresForRows(load, figures));
}

/** Rows of a model that fit the memory of one training. */
export function rowsThatFit(load: Load, figures: Figures): number {
  const row = (costOf(figures, 'runRow', load.features) * load.features) / RUN_FEATURES;
  return Math.floor((ASSUMED.largestMemory - costOf(figures, 'runBase', load.features) * MIB) / row);
}
