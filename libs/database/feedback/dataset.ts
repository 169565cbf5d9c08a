import type { Pool } from 'pg';

export interface DatasetRow {
  readonly task_id: string;
  readonly action: string | null;
  readonly label: string | null;
  readonly result: string | null;
  readonly features: Record<string, unknown>;
}

const PAGE = `
select task_id, action, label, result, features from feedback.training_rows
where model = $1 and task_id > $2 order by task_id limit $3`;
const COUNT = 'select count(*)::float8 as rows from feedback.training_rows where model = $1';
const TOTALS = `
select count(*) filter (where result is null and label is null)::float8 as waiting,
  count(*) filter (where (result is not null or label is not null) and time_source = 'received')::float8 as without_time
from feedback.tasks where model = $1`;
const ANSWERS = `
select coalesce(action, label) as answer, count(*)::float8 as rows, count(*) filter (where success)::float8 as successes
from feedback.training_rows where model = $1 group by 1 order by 2 desc, 1`;
const FEATURES = `
select f.key as feature, count(*)::float8 as present,
  count(n.number)::float8 as numbers, min(n.number) as minimum, max(n.number) as maximum, avg(n.number) as mean
from feedback.training_rows r
cross join lateral jsonb_each_text(r.features) f
cross join lateral (select case when f.value ~ '^[+-]?[0-9]{1,15}(\\.[0-9]+)?$' then f.value::float8 end as number) n
where r.model = $1 and f.value <> '' and f.key = any($2::text[])
group by 1`;
const CATEGORIES = `
select feature, value, rows, categories from (
  select f.key as feature, left(f.value, 200) as value, count(*)::float8 as rows,
    count(*) over (partition by f.key)::float8 as categories,
    row_number() over (partition by f.key order by count(*) desc, left(f.value, 200)) as place
  from feedback.training_rows r cross join lateral jsonb_each_text(r.features) f
  where r.model = $1 and f.value <> '' and f.key = any($2::text[])
  group by f.key, left(f.value, 200)
) counted where place <= 10 order by feature, place`;
const GROWTH = `
select model, max(rows)::float8 as rows,
  coalesce(max(new_rows) filter (where week = date_trunc('week', now() at time zone 'UTC')::date), 0)::float8 as this_week
from feedback.dataset_growth group by model`;
/** Rows of the last training of each model that ended well. */
const LAST_TRAINED = `
select distinct on (model) model, rows::float8 as rows from training.run_overview
where state = 'done' and rows is not null order by model, finished_at desc`;

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

  /** Rows of each model that has any, and how many of them are new since Monday (UTC). */
  async growth(): Promise<{ model: string; rows: number; this_week: number }[]> {
    return (await this.pool.query<{ model: string; rows: number; this_week: number }>(GROWTH)).rows;
  }

  async lastTrainedRows(): Promise<Map<string, number>> {
    const { rows } = await this.pool.query<{ model: string; rows: number }>(LAST_TRAINED);
    return new Map(rows.map((row) => [row.model, row.rows]));
  }
}
