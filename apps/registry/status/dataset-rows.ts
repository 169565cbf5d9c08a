import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

const ROWS = 'select max(rows)::float8 as rows from feedback.dataset_growth where model = $1';

/** Counting a large dataset takes a moment, and the number is only for people. */
const BELIEVED_MS = 5_000;

/** How many rows a model's dataset has. */
@Injectable()
export class DatasetRows {
  private readonly known = new Map<string, { rows: Promise<number>; until: number }>();

  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  of(model: string): Promise<number> {
    const known = this.known.get(model);
    if (known !== undefined && known.until > Date.now()) return known.rows;
    const rows = this.dataSource.query<{ rows: number | null }[]>(ROWS, [model]).then((result) => result[0]?.rows ?? 0);
    rows.catch(() => this.known.delete(model));
    this.known.set(model, { rows, until: Date.now() + BELIEVED_MS });
    return rows;
  }
}
