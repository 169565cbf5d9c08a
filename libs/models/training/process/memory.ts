import { describeBackend } from '#contracts/backends';
import { ratchet } from '#contracts/command-line';
import type { ModelDefinition } from '#contracts/model-definition';
import { TrainingFailure } from './failure.js';
import type { TrainingJob } from './job.js';

const MIB = 2 ** 20;
/** Node, DuckDB and the library, before there is a row. */
const BASE_MIB = 150;
/** One number of our matrix. */
const CELL = 4;
/** Label and time of a row. */
const ROW = 12;
/** What the libraries keep of a number besides: XGBoost an entry of its column and the value, LightGBM the bin. */
const LIBRARY_CELL: Partial<Record<TrainingJob['backend'], number>> = { xgboost: 8, 'random-forest': 8, lightgbm: 1 };

/**
 * MiB that a training takes at least: what is known to be in memory at once, without the library's working space. So a run
 * that is refused because of it would have been ended for certain.
 */
export function leastMemoryMib(rows: number, columns: number, backend: TrainingJob['backend']): number {
  return BASE_MIB + (rows * (ROW + columns * (CELL + (LIBRARY_CELL[backend] ?? 0)))) / MIB;
}

/** Throws {@link TrainingFailure} where a training would not fit the memory it is given, before it takes any of it. */
export function requireMemory(
  { backend, memoryMb }: Pick<TrainingJob, 'backend' | 'memoryMb'>,
  { name }: Pick<ModelDefinition, 'name'>,
  rows: number,
  columns: number,
): void {
  const needed = leastMemoryMib(rows, columns, backend);
  if (needed <= memoryMb) return;
  const { spark } = describeBackend(backend);
  const gib = (mib: number): string => (mib / 1024).toFixed(1);
  throw new TrainingFailure(
    'prepare',
    `Training on ${rows} rows of ${columns} columns needs about ${gib(needed)} GiB, and it may use ${gib(memoryMb)} GiB.`,
    `Raise TRAINING_MEMORY_MB on the trainer, use fewer one-hot columns (one_hot_limit), or train ${spark ? `on a cluster, "${ratchet('retrain', name, '--engine spark')}"` : `elsewhere, "${ratchet('retrain', name, '--engine external')}"`}.`,
  );
}
