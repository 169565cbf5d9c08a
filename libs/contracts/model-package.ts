import { z } from 'zod';
import { Histogram } from '#features/histograms';
import { Encoder } from '#features/kinds';
import { Grower } from './backends.js';
import { ModelDefinition } from './model-definition.js';
import { Digest } from './primitives.js';

export { Encoder } from '#features/kinds';
export { FeatureSource } from '#features/source';

/** Boosting rounds to predict with, from the first; all that the file holds if left out. */
const Rounds = z.int().min(1).optional();

/** The file of the package that holds the trees, and how to read it. */
export const ModelFile = z.discriminatedUnion('format', [
  z.object({ format: z.literal('xgboost-json'), file: z.literal('model.xgb.json'), rounds: Rounds }),
  z.object({ format: z.literal('lightgbm-text'), file: z.literal('model.lgbm.txt'), rounds: Rounds }),
  z.object({ format: z.literal('trees-json'), file: z.literal('model.trees.json') }),
]);
export type ModelFile = z.infer<typeof ModelFile>;

export const TrainingStats = z
  .object({
    train_accuracy: z.number(),
    val_accuracy: z.number(),
    n_features: z.int(),
    n_train: z.int(),
    n_validation: z.int(),
    n_test: z.int(),
    /** Rounds kept after early stopping. */
    rounds: z.int(),
    class_counts: z.record(z.string(), z.int()),
  })
  .meta({ id: 'TrainingStats' });
export type TrainingStats = z.infer<typeof TrainingStats>;

/** What a search for hyper-parameters came to. */
export const Tuning = z
  .object({
    /** Settings tried, the definition's own being the first. */
    trials: z.int(),
    /** Number of the one that was kept. */
    chosen: z.int(),
    /** Its hyper-parameters, as a definition would give them. */
    parameters: z.record(z.string(), z.string()),
    /** Log-loss on the validation part of the one that was kept, and of the definition's own. */
    validation_loss: z.number(),
    definition_loss: z.number(),
  })
  .meta({ id: 'Tuning' });
export type Tuning = z.infer<typeof Tuning>;

/** Which rows a model learnt from, and what it was compared with; the losses are mean log-losses on the newest validation rows. */
export const ChosenWindow = z.object({
  /** `all`, `days`, `rows`, `half-life`, `since-onset`, `newest-quarter` or `newest-sixteenth`. */
  name: z.string(),
  /** Time of the oldest training row that counts; null for all. */
  from: z.string().nullable(),
  /** Time from which on a training row counts for at least half of one; null for all, left out by older releases. */
  mostly_from: z.string().nullable().optional(),
  /** Training rows that count. */
  rows: z.int(),
  /** Why it was chosen, in a sentence. */
  reason: z.string(),
  /** How many validation rows the candidates were compared on; 0 where there was nothing to choose. */
  compared_on: z.int(),
  candidates: z.array(z.object({ name: z.string(), from: z.string().nullable(), rows: z.int(), loss: z.number() })),
});
export type ChosenWindow = z.infer<typeof ChosenWindow>;

/** `manifest.json`. Holds no time stamp, so that equal training gives an equal digest. */
export const Manifest = z
  .object({
    format_version: z.literal(1),
    definition: ModelDefinition,
    backend: Grower,
    model: ModelFile,
    /**
     * Class names in the order of the probabilities. An action-outcome model has ["failed", "success"]: its file
     * predicts P(success), and one row is evaluated per action.
     */
    classes: z.array(z.string()).min(2),
    encoders: z.array(Encoder),
    /** Matrix column names in order: the encoders' columns, then for an action-outcome model `action=NAME` per action. */
    columns: z.array(z.string()),
    training_stats: TrainingStats,
    snapshot: z.object({
      hash: Digest,
      rows: z.int(),
      watermark: z.string(),
      /** The SQL that gave the rows. */
      query: z.string().optional(),
    }),
    /** Gain of each column, summing to 1. */
    importance: z.record(z.string(), z.number()),
    library: z.object({ name: z.string(), version: z.string() }),
    /** Everything the library was told, by its own names. */
    parameters: z.record(z.string(), z.string()).optional(),
    /** Only of a run that searched for hyper-parameters. */
    tuning: Tuning.optional(),
    /** Left out by older releases, and of models trained elsewhere. */
    window: ChosenWindow.optional(),
    /** Where it was trained, if not by the trainer itself. */
    engine: z.object({ name: z.literal('spark'), version: z.string(), workers: z.int() }).optional(),
    seed: z.int(),
    threads: z.int(),
    /** What the checks before training noticed, in sentences. */
    warnings: z.array(z.string()),
  })
  .meta({ id: 'Manifest' });
export type Manifest = z.infer<typeof Manifest>;

/** A raw input row: field name to value as an engine would send it. */
export const RawRow = z.record(z.string(), z.unknown());
export type RawRow = z.infer<typeof RawRow>;

/** `golden.json`: inputs with the probabilities the training library gave; serving refuses a package it cannot reproduce. */
export const Golden = z
  .object({
    /** Largest absolute difference of a probability that still counts as equal. */
    tolerance: z.number(),
    cases: z.array(
      z.object({
        input: RawRow,
        /** For action-outcome models, the action of the row; null otherwise. */
        action: z.string().nullable(),
        /** Encoded row; null is NaN. */
        row: z.array(z.number().nullable()),
        /** One per class. */
        probabilities: z.array(z.number()),
      }),
    ),
  })
  .meta({ id: 'Golden' });
export type Golden = z.infer<typeof Golden>;

/** `reference.json`: what each feature looked like in the training part, for drift. */
export const Reference = z
  .object({
    rows: z.int(),
    features: z.record(z.string(), Histogram),
    /** Mean predicted probability per class, and per decile of P(last class) the number of rows. */
    predictions: z.object({ mean: z.array(z.number()), deciles: z.array(z.int()) }),
  })
  .meta({ id: 'Reference' });
export type Reference = z.infer<typeof Reference>;

/** `index.json`: every other file of the package. Its SHA-256 is the package's digest. */
export const PackageIndex = z
  .object({ files: z.array(z.object({ path: z.string(), sha256: z.string(), bytes: z.int() })) })
  .meta({ id: 'PackageIndex' });
export type PackageIndex = z.infer<typeof PackageIndex>;

/** Files of models trained elsewhere, as the libraries save them or `ratchet-model` packs them. */
export const ImportFormat = z.enum(['xgboost-json', 'xgboost-ubj', 'lightgbm-text', 'trees-json']);
export type ImportFormat = z.infer<typeof ImportFormat>;

/** What grew the trees of a file. */
export const GROWER_OF: Readonly<Record<ImportFormat, Grower>> = {
  'xgboost-json': 'xgboost',
  'xgboost-ubj': 'xgboost',
  'lightgbm-text': 'lightgbm',
  'trees-json': 'packed',
};

/** What the library of a model trained elsewhere answered where it was trained; `golden.json` of a package is of these. */
export const KnownAnswer = z.object({
  /** Null where the raw fields are not known, as of features that are derived from a URL. */
  input: RawRow.nullable(),
  action: z.string().nullable(),
  row: z.array(z.number().nullable()),
  probabilities: z.array(z.number()),
});
export type KnownAnswer = z.infer<typeof KnownAnswer>;
