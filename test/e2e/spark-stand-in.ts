/**
 * Stands in for spark-submit, where nothing is said of Spark itself: reads the order and the rows as the job does, and answers as the
 * file SPARK_STAND_IN says.
 */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { z } from 'zod';
import { splitPart } from '#domain/split';
import { literal } from '#features/sql';
import { ClusterOrder } from '#models/training/elsewhere/order';

const Order = ClusterOrder.extend({ model: z.string(), workers: z.int().nullable(), trainer_pid: z.int() });
const Behaviour = z.object({
  does: z.enum(['train', 'train on other rows', 'write half a model', 'die', 'hang']),
  /** A model that is there already. */
  model: z.string(),
  /** Where it says which processes it is. */
  pids: z.string(),
  /** Where it leaves the order and its arguments. */
  seen: z.string(),
});

const args = process.argv.slice(2);
const order = Order.parse(JSON.parse(readFileSync(args.at(-1) ?? '', 'utf8')));
const { does, model, pids, seen } = Behaviour.parse(JSON.parse(readFileSync(process.env.SPARK_STAND_IN ?? '', 'utf8')));
writeFileSync(seen, JSON.stringify({ args, order, env: Object.keys(process.env) }));
const tell = (kind: string, what: object): void =>
  console.log(`[12:00:00] RATCHET ${JSON.stringify({ kind, ...what })}`);

tell('started', { application: 'app-1', spark: '3.5.7', xgboost: '3.2.0' });
if (does === 'hang') {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1e6)'], { stdio: 'ignore' });
  writeFileSync(pids, JSON.stringify([process.pid, child.pid]));
  // What follows another message too closely is not passed on.
  setInterval(() => tell('round', { done: 1, loss: 0.5 }), 200);
} else if (does === 'die') {
  console.error('26/01/01 12:00:00 ERROR Executor: Exception in task 0.0 in stage 3.0');
  console.error('java.lang.OutOfMemoryError: Java heap space');
  process.exit(1);
} else {
  const database = await (await DuckDBInstance.create(':memory:')).connect();
  const keys = await database.run(`select key from read_parquet(${literal(fileURLToPath(order.rows))})`);
  const rows = { train: 0, validation: 0, test: 0 };
  for (const [key] of await keys.getRowsJS()) rows[splitPart(String(key), order.shares)]++;
  if (does === 'train on other rows') rows.train += 1;
  tell('rows', rows);
  tell('training', { workers: order.workers ?? 2 });
  tell('round', { done: order.rounds, loss: 0.4 });
  const file = readFileSync(model);
  writeFileSync(order.model, does === 'write half a model' ? file.subarray(0, file.length / 2) : file);
  tell('done', { library: '3.2.0', rows });
}
