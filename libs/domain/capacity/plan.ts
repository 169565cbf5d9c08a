import { costOf, type Figures } from './costs.js';
import { coresForRows, coresTogether, type Instances, instancesFor } from './instances.js';
import { ASSUMED, type Load } from './load.js';
import { type Storage, storageOf } from './storage.js';
import { type Wall, wallsOf } from './walls.js';

/** One line of the shopping list: what each of `count` needs. */
export interface Part {
  readonly part: string;
  readonly count: number;
  readonly cores: number;
  readonly memoryBytes: number;
  /** 0 where it keeps nothing. */
  readonly diskBytes: number;
}

/** Where it runs: `npm start`, docker compose on one machine, or a cluster over three zones; or one machine was asked for and is not enough. */
export type Stage = 'laptop' | 'one machine' | 'more than one machine' | 'three zones';

export interface Plan {
  readonly load: Load;
  readonly stage: Stage;
  readonly instances: Instances;
  readonly storage: Storage;
  readonly parts: readonly Part[];
  readonly totals: { readonly cores: number; readonly memoryBytes: number; readonly diskBytes: number };
  /** The nearest first. */
  readonly walls: readonly Wall[];
}

const MIB = 2 ** 20;
const GIB = 2 ** 30;
/** What a laptop has to spare, and the largest single machine that is still ordinary. */
const LAPTOP = { cores: 4, memoryBytes: 12 * GIB, diskBytes: 100e9 };
export const MACHINE = { cores: 16, memoryBytes: 64 * GIB, diskBytes: 4e12 };

/** Cores as machines have them. */
const wholeCores = (cores: number): number => Math.max(1, Math.ceil(cores));
/** Memory in steps that machines have: powers of two of a GiB. */
const machineMemory = (bytes: number): number => 2 ** Math.ceil(Math.log2(Math.max(GIB, bytes)));

function partsOf(load: Load, storage: Storage, instances: Instances, figures: Figures): Part[] {
  const cost = (name: Parameters<typeof costOf>[1]): number => costOf(figures, name, load.features);
  const brokers = load.zones === 1 ? 1 : ASSUMED.replication;
  const rows = coresForRows(load, figures);
  const disk = (bytes: number): number => Math.max(10e9, bytes / ASSUMED.filled);
  return [
    {
      part: 'Kafka broker',
      count: brokers,
      cores: wholeCores(rows / 4),
      memoryBytes: machineMemory(2 * GIB),
      diskBytes: disk(storage.kafka.bytes / brokers),
    },
    {
      part: load.zones === 1 ? 'PostgreSQL' : 'PostgreSQL and its replica',
      count: load.zones === 1 ? 1 : 2,
      cores: wholeCores(rows / 2),
      // A twentieth of what it keeps: the newest months of indexes.
      memoryBytes: machineMemory(Math.min(256 * GIB, Math.max(2 * GIB, storage.postgres.bytes / 20))),
      diskBytes: disk(storage.postgres.bytes),
    },
    {
      part: 'feedback-ingest',
      count: instances.ingest,
      cores: 1,
      memoryBytes: machineMemory(cost('ingestMemory') * MIB * 1.5),
      diskBytes: 0,
    },
    {
      part: 'serving',
      count: instances.serving,
      cores: load.decisions === 0 ? 1 : 2,
      memoryBytes: machineMemory(cost('servingMemory') * MIB * 1.5),
      diskBytes: 0,
    },
    {
      part: 'registry',
      count: instances.registry,
      cores: wholeCores((instances.registryCores.always + instances.registryCores.ofInstances) / ASSUMED.use),
      memoryBytes: machineMemory(ASSUMED.service),
      diskBytes: 0,
    },
    {
      part: 'trainer',
      count: instances.trainer,
      cores: 2,
      memoryBytes: machineMemory(Math.min(instances.run.trainerBytes, ASSUMED.largestMemory)),
      // The snapshot, and the rows that it is made of while it is written.
      diskBytes: disk(2 * storage.artifacts.snapshotBytes),
    },
    {
      part: 'evaluator',
      count: instances.evaluator,
      cores: 2,
      memoryBytes: machineMemory(Math.min(instances.run.evaluatorBytes, ASSUMED.largestMemory)),
      diskBytes: disk(storage.artifacts.snapshotBytes),
    },
    { part: 'artifact store', count: 1, cores: 0, memoryBytes: 0, diskBytes: disk(storage.artifacts.bytes) },
  ];
}

const within = (totals: Plan['totals'], limit: Plan['totals']): boolean =>
  totals.cores <= limit.cores && totals.memoryBytes <= limit.memoryBytes && totals.diskBytes <= limit.diskBytes;

function stageOf({ zones }: Load, totals: Plan['totals']): Stage {
  if (zones === 3) return 'three zones';
  if (within(totals, LAPTOP)) return 'laptop';
  return within(totals, MACHINE) ? 'one machine' : 'more than one machine';
}

/** From rates to what is needed for them, when the installation is as old as what it keeps. */
export function planFor(load: Load, figures: Figures): Plan {
  const storage = storageOf(load, figures);
  const instances = instancesFor(load, figures);
  const parts = partsOf(load, storage, instances, figures);
  const total = (of: (part: Part) => number): number => parts.reduce((sum, part) => sum + part.count * of(part), 0);
  const totals = {
    // On one machine they share the cores: hardly ever are all of them busy.
    cores: load.zones === 1 ? coresTogether(load, figures) : total(({ cores }) => cores),
    memoryBytes: total(({ memoryBytes }) => memoryBytes),
    diskBytes: total(({ diskBytes }) => diskBytes),
  };
  const stage = stageOf(load, totals);
  return { load, stage, instances, storage, parts, totals, walls: wallsOf(load, storage, instances, figures) };
}
