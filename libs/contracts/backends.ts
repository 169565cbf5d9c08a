import { z } from 'zod';

/** What there is to say of a training backend that takes none of its code. */
export interface BackendDescription {
  readonly name: string;
  /** Backends of a family grow the same kind of model: swapping one for another breaks nobody's expectation. */
  readonly family: 'boosted-trees' | 'random-forest' | 'packed-trees';
  /** The C library it needs; null for one that runs anywhere Node does. */
  readonly library: 'xgboost' | 'lightgbm' | null;
  /** Whether it trains on a Spark cluster too. */
  readonly spark: boolean;
  /** Boosting rounds, or trees of a forest, where the definition names no number. */
  readonly rounds: number;
}

/** Every training backend. How each trains stands in libs/models/training/backends. */
export const BACKENDS = [
  { name: 'xgboost', family: 'boosted-trees', library: 'xgboost', spark: true, rounds: 100 },
  { name: 'lightgbm', family: 'boosted-trees', library: 'lightgbm', spark: false, rounds: 100 },
  { name: 'random-forest', family: 'random-forest', library: 'xgboost', spark: false, rounds: 100 },
  { name: 'ml-random-forest', family: 'random-forest', library: null, spark: false, rounds: 25 },
  { name: 'ml-xgboost', family: 'boosted-trees', library: null, spark: false, rounds: 50 },
] as const satisfies readonly BackendDescription[];

export const Backend = z.enum(BACKENDS.map(({ name }) => name));
export type Backend = z.infer<typeof Backend>;

/** Who carries a run out: the trainer itself, a Spark cluster that it submits the run to, or whoever takes it by a lease. */
export const TrainingEngine = z.enum(['built-in', 'spark', 'external']);
export type TrainingEngine = z.infer<typeof TrainingEngine>;

/** Stands where a backend is named for trees of a library that does not train here: scikit-learn, CatBoost, or whatever wrote ONNX. */
const PACKED = {
  name: 'packed',
  family: 'packed-trees',
  library: null,
  spark: false,
  rounds: 1,
} as const satisfies BackendDescription;

/** What grew the trees of a model: a training backend, or "packed" for those that came in from a library that does not train here. */
export const Grower = z.enum([...Backend.options, PACKED.name]);
export type Grower = z.infer<typeof Grower>;

export const canTrain = (name: Grower): name is Backend => name !== PACKED.name;

export function describeBackend(name: Grower): BackendDescription {
  if (name === PACKED.name) return PACKED;
  const found = BACKENDS.find((backend) => backend.name === name);
  if (found) return found;
  throw new RangeError(`there is no training backend "${name}"; expected one of ${Backend.options.join(', ')}`);
}
