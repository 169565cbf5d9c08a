import type { DataSource } from 'typeorm';
import { z } from 'zod';

/** More than these would hardly differ from the windows that are tried anyway. */
const ONSETS = `
select onset_at from evaluation.accuracy_drops where model = $1 order by open desc, onset_at desc limit 3`;

/** When the live accuracy of a model dropped, as the evaluator estimates it. */
export class DropOnsets {
  constructor(private readonly dataSource: DataSource) {}

  /** Of the last drops, those that are still open first. */
  async of(model: string): Promise<string[]> {
    const rows = z.array(z.object({ onset_at: z.date() })).parse(await this.dataSource.query(ONSETS, [model]));
    return rows.map(({ onset_at }) => onset_at.toISOString());
  }
}
