import { z } from 'zod';
import { until } from '../../../deploy/local/until.js';
import type { TestStack } from '../../stack/stack.js';

const Statement = z.object({ query: z.string(), calls: z.number(), slowest_ms: z.number(), mean_ms: z.number() });
export type Statement = z.infer<typeof Statement>;

/** Everything but this benchmark's own questions. */
const SLOWEST = `
select query, calls::int as calls, max_exec_time + max_plan_time as slowest_ms, mean_exec_time + mean_plan_time as mean_ms
from pg_stat_statements
where query not like '%pg_stat_statements%' and dbid = (select oid from pg_database where datname = current_database())
order by 3 desc limit 5`;

/** Has PostgreSQL measure each of its statements; takes a restart. Starts nothing that was not running. */
export async function measureStatements(stack: TestStack): Promise<void> {
  await stack.query("alter system set shared_preload_libraries = 'pg_stat_statements'");
  await stack.query('alter system set pg_stat_statements.track_planning = on').catch(() => undefined);
  await stack.halt('postgres');
  await stack.resume('postgres');
  await until('the database to answer again', async () => {
    await stack.query('select 1');
    return true;
  });
  await stack.query('create extension pg_stat_statements');
  await stack.query('alter system set pg_stat_statements.track_planning = on');
  await stack.query('select pg_reload_conf()');
}

export async function forgetStatements(stack: TestStack): Promise<void> {
  await stack.query('select pg_stat_statements_reset()');
}

export async function slowestStatements(stack: TestStack): Promise<Statement[]> {
  return z.array(Statement).parse(await stack.query(SLOWEST));
}
