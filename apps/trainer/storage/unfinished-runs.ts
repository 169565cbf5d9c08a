import type { DataSource } from 'typeorm';
import { z } from 'zod';

const UNFINISHED = `select run_id from training.runs where state in ('queued', 'running')`;

/** Runs that have not ended, whoever has them. */
export class UnfinishedRuns {
  constructor(private readonly dataSource: DataSource) {}

  async ids(): Promise<string[]> {
    const rows = z.array(z.object({ run_id: z.string() })).parse(await this.dataSource.query(UNFINISHED));
    return rows.map(({ run_id }) => run_id);
  }
}
