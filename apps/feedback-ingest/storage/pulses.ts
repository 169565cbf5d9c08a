import type { Pool } from 'pg';

const KEEP = `
insert into feedback.pulses (instance, at) values ($1, clock_timestamp())
on conflict (instance) do update set at = excluded.at`;
/** Those of processes that are gone; the newest of all stays, or it would look as if none had ever been. */
const FORGET = `
delete from feedback.pulses where instance <> $1 and at < clock_timestamp() - interval '1 hour'`;

export async function keepPulse(pool: Pool, instance: string): Promise<void> {
  await pool.query(KEEP, [instance]);
  await pool.query(FORGET, [instance]);
}
