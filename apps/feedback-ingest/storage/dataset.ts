import type { Pool } from 'pg';
import { sqlIn } from '#database/sql';

const sql = sqlIn(import.meta.dirname);

export interface DatasetRow {
  readonly task_id: string;
  readonly action: string | null;
  readonly label: string | null;
  readonly result: string | null;
  readonly features: Record<string, unknown>;
}

const PAGE = sql('dataset-page');
const COUNT = 'select count(*)::float8 as rows from feedback.training_rows where model = $1';
const TOTALS = sql('dataset-totals');
const ANSWERS = sql('dataset-answers');
const FEATURES = sql('dataset-features');
const CATEGORIES = sql('dataset-categories');
const WRONG_TYPES = sql('dataset-wrong-types');
const UNKNOWN_FEATURES = sql('dataset-unknown-features');
const WITHOUT_FEATURES = sql('dataset-without-features');
const GROWTH = sql('dataset-growth');
const LAST_TRAINED = sql('last-trained');

export interface FeatureNumbers {
  readonly feature: string;
  readonly present: number;
  readonly numbers: number;
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly mean: number | null;
}

export interface FeatureCategory {
  readonly feature: string;
  readonly value: string;
  readonly rows: number;
  readonly categories: number;
}

export interface OddValue {
  readonly feature: string;
  readonly value: unknown;
  readonly rows: number;
}

/** Reads the dataset as a whole. */
export class Dataset {
  constructor(private readonly pool: Pool) {}

  /** Every row of a model, in the order of task ids, some thousand at a time. */
  async *rows(model: string, atOnce = 2_000): AsyncGenerator<readonly DatasetRow[]> {
    let after = '';
    for (;;) {
      const { rows } = await this.pool.query<DatasetRow>(PAGE, [model, after, atOnce]);
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows;
      after = last.task_id;
    }
  }

  async count(model: string): Promise<number> {
    return (await this.pool.query<{ rows: number }>(COUNT, [model])).rows[0]?.rows ?? 0;
  }

  async totals(model: string): Promise<{ waiting: number; without_time: number }> {
    const { rows } = await this.pool.query<{ waiting: number; without_time: number }>(TOTALS, [model]);
    return rows[0] ?? { waiting: 0, without_time: 0 };
  }

  async answers(model: string): Promise<{ answer: string; rows: number; successes: number }[]> {
    return (await this.pool.query<{ answer: string; rows: number; successes: number }>(ANSWERS, [model])).rows;
  }

  async featureNumbers(model: string, features: readonly string[]): Promise<FeatureNumbers[]> {
    return (await this.pool.query<FeatureNumbers>(FEATURES, [model, features])).rows;
  }

  /** The ten most frequent values of each feature. */
  async featureCategories(model: string, features: readonly string[]): Promise<FeatureCategory[]> {
    return (await this.pool.query<FeatureCategory>(CATEGORIES, [model, features])).rows;
  }

  /** The most frequent values of another type than their feature's, some of which can be read all the same. */
  async oddValues(
    model: string,
    fields: {
      readonly numbers: readonly string[];
      readonly booleans: readonly string[];
      readonly texts: readonly string[];
    },
  ): Promise<OddValue[]> {
    const { numbers, booleans, texts } = fields;
    return (await this.pool.query<OddValue>(WRONG_TYPES, [model, numbers, booleans, texts])).rows;
  }

  /** The most frequent names in rows that are none of `known`. */
  async unknownFeatures(model: string, known: readonly string[]): Promise<{ feature: string; rows: number }[]> {
    return (await this.pool.query<{ feature: string; rows: number }>(UNKNOWN_FEATURES, [model, known])).rows;
  }

  /** Rows that have none of these fields. */
  async withoutFeatures(model: string, fields: readonly string[]): Promise<number> {
    return (await this.pool.query<{ rows: number }>(WITHOUT_FEATURES, [model, fields])).rows[0]?.rows ?? 0;
  }

  /** Rows of each model that has any, and how many of them are new since Monday (UTC). */
  async growth(): Promise<{ model: string; rows: number; this_week: number }[]> {
    return (await this.pool.query<{ model: string; rows: number; this_week: number }>(GROWTH)).rows;
  }

  async lastTrainedRows(): Promise<Map<string, number>> {
    const { rows } = await this.pool.query<{ model: string; rows: number }>(LAST_TRAINED);
    return new Map(rows.map((row) => [row.model, row.rows]));
  }
}
