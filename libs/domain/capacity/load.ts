/** What comes, how much of it is kept, and how often models learn from it. */
export interface Load {
  /** Outcomes of tasks a second, on average. */
  readonly events: number;
  /** Decisions that serving answers a second, on average. */
  readonly decisions: number;
  /** The busiest minutes, as a multiple of the average. */
  readonly peak: number;
  readonly features: number;
  readonly models: number;
  /** Days of history that are planned for: the dataset and the ids of messages keep all of it. */
  readonly keepDays: number;
  /** Days that raw outcomes and predictions are kept, whose months can be detached. */
  readonly rawDays: number;
  /** Days that messages are kept in Kafka. */
  readonly topicDays: number;
  /** Days between two trainings of a model. */
  readonly retrainDays: number;
  /** Rows that a model learns from at most (`training_window: { rows }`); null for all that is kept. */
  readonly trainRows: number | null;
  /** 1: one machine, nothing twice. 3: survives the loss of one of them. */
  readonly zones: 1 | 3;
}

/** What is taken for granted and not measured; a plan says so. */
export const ASSUMED = {
  /** Of what was measured, so much is used at the peak. */
  use: 0.5,
  /** Of a disk, so much is filled. */
  filled: 0.7,
  /** The largest volume of one Postgres, and the most memory of one training or one evaluator: what clouds sell without asking. */
  largestVolume: 16e12,
  largestMemory: 64 * 2 ** 30,
  /** Share of the test part (split.shares in a definition). */
  holdout: 0.15,
  /** Versions kept of a model (`retention` in its definition). */
  versions: 10,
  replication: 3,
  /** Bytes of evaluator and registry before there is anything. */
  service: 256 * 2 ** 20,
} as const;
