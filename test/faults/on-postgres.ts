import pg from 'pg';
import type { TestStack } from '../stack/stack.js';

/** Runs statements about whole databases, while nobody is connected to the stack's own, which DATABASE stands for. */
export async function onPostgres(stack: TestStack, ...statements: string[]): Promise<void> {
  const url = new URL(stack.databaseUrl);
  const name = url.pathname.slice(1);
  url.pathname = '/postgres';
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query(`alter database "${name}" allow_connections false`);
    await client.query('select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1', [name]);
    for (const statement of statements) await client.query(statement.replaceAll('DATABASE', name));
    await client.query(`alter database "${name}" allow_connections true`);
  } finally {
    await client.end();
  }
}
