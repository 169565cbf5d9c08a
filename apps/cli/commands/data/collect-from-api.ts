import type { ImportCounts, ImportProgress } from '#contracts/http/ingest';
import type { Session } from '../../cli.js';
import { Progress } from '../../output/progress.js';
import { count } from '../../output/quantities.js';
import { finished } from './import-file.js';

export interface CollectionReport {
  readonly source: 'historical API';
  readonly since_days: number;
  readonly counts: ImportCounts;
}

/** Has feedback-ingest collect from the historical API. */
export async function collectFromApi(session: Session, model: string, sinceDays: number): Promise<CollectionReport> {
  const progress = new Progress(session.screen);
  let last: ImportProgress | null = null;
  try {
    for await (const line of session.ingest.lines('collect', { body: { model, since_days: sinceDays } })) {
      last = line;
      const share = line.bytes_total ? line.bytes_read / line.bytes_total : 0;
      const label = `collecting the last ${sinceDays} days from the historical API`;
      progress.update(share, session.screen.animated ? `${label}: ${count(line.counts.read)} records` : label);
    }
  } finally {
    progress.stop();
  }
  return { source: 'historical API', since_days: sinceDays, counts: finished(last, 'historical API').counts };
}
