import type { Pool } from 'pg';
import type { StreamIncident } from '#contracts/http/feedback';

interface Row extends Omit<StreamIncident, 'seen_at'> {
  readonly seen_at: Date;
}

const RECENT = `
select incident_id, kind, topic, partition, from_offset, to_offset, known_identity, found_identity, seen_at
from feedback.incidents order by seen_at desc, topic, partition limit $1`;

/** What happened to the streams, newest first. */
export async function recentIncidents(pool: Pool, limit: number): Promise<StreamIncident[]> {
  const { rows } = await pool.query<Row>(RECENT, [limit]);
  return rows.map((row) => ({ ...row, seen_at: row.seen_at.toISOString() }));
}
