import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

const ROWS = 'select max(rows)::float8 as rows from feedback.dataset_growth where model = $1';

/** How many rows a model's dataset has. */
@Injectable()
export class DatasetRows {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  async of(model: string): Promise<number> {
    const result = await this.dataSource.query<{ rows: number | null }[]>(ROWS, [model]);
    return result[0]?.rows ?? 0;
  }
}
