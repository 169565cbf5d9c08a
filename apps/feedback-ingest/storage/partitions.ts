import type { Pool } from 'pg';

const PARTITIONED = ['events', 'predictions'] as const;

/** Months that have a partition of their own before anything is written to them. */
const MONTHS_AHEAD = 2;

const monthStart = (year: number, month: number): string =>
  new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 10);

/** Name and bounds of the partition for a month; month 0 is January, 12 the January after. */
export function partitionOf(table: string, year: number, month: number): { name: string; from: string; to: string } {
  const from = monthStart(year, month);
  return { name: `feedback.${table}_${from.slice(0, 7).replace('-', '_')}`, from, to: monthStart(year, month + 1) };
}

/** Any fixed number: two instances that start together do not create the same table at once. */
const PARTITION_LOCK = 20_260_103;

/** Makes sure that the month of `now` and the next ones have partitions. What is there already is left alone. */
export async function ensurePartitions(pool: Pool, now: Date): Promise<void> {
  const statements = [`begin; select pg_advisory_xact_lock(${PARTITION_LOCK})`];
  for (const table of PARTITIONED)
    for (let ahead = 0; ahead <= MONTHS_AHEAD; ahead++) {
      const { name, from, to } = partitionOf(table, now.getUTCFullYear(), now.getUTCMonth() + ahead);
      statements.push(
        `create table if not exists ${name} partition of feedback.${table}
         for values from ('${from} 00:00:00+00') to ('${to} 00:00:00+00')`,
      );
    }
  await pool.query(`${statements.join(';\n')};\ncommit`);
}
