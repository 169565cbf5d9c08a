import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { FilesystemStore } from '#artifacts/filesystem-store';
import { PackageStore } from '#artifacts/package-store';
import { ModelStatus } from '#contracts/http/models';
import { VersionSummary } from '#contracts/http/versions';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { EventProducer } from '#kafka/produce/producer';
import { until } from '../../../deploy/local/until.js';
import { samplePackage } from '../../e2e/model-packages.js';
import { evaluated, RegistryClient, trained } from '../../e2e/registry-client.js';
import { feedbackProducer, ingestedUpTo } from '../../stack/feedback.js';
import { useStack } from '../../stack/use-stack.js';

/**
 * Run by make.mjs in the tree of an older commit, with that commit's own helpers: uses its services a little, and writes down
 * all that they leave behind. It is no test of this tree.
 */
const stack = useStack('record', { services: ['registry', 'feedback-ingest', 'serving-1', 'serving-2'] });
const base = `/v1/models/${DEFAULT_MODEL}`;

/** Every table that holds rows itself, with its rows as Postgres writes one; partitions with their bounds. */
const TABLES = `
select format('%I.%I', n.nspname, c.relname) as name,
  (select format('%I.%I', pn.nspname, p.relname) from pg_inherits i join pg_class p on p.oid = i.inhparent
     join pg_namespace pn on pn.oid = p.relnamespace where i.inhrelid = c.oid) as parent,
  pg_get_expr(c.relpartbound, c.oid) as bound
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema' order by 1`;
const SEQUENCES = `select format('%I.%I', schemaname, sequencename) as name, last_value::text from pg_sequences where last_value is not null`;

async function recordDatabase() {
  const tables = await stack().query<{ name: string; parent: string | null; bound: string | null }>(TABLES);
  const filled = [];
  for (const table of tables) {
    const rows = await stack().query<{ row: string }>(`select t::text as row from ${table.name} t`);
    filled.push({ ...table, rows: rows.map(({ row }) => row) });
  }
  return { tables: filled, sequences: await stack().query(SEQUENCES) };
}

async function recordTopics() {
  const admin = stack().kafka.admin();
  await admin.connect();
  const names = (await admin.listTopics()).filter((name) => !name.startsWith('__')).toSorted();
  const topics: Record<string, { partitions: number; messages: object[] }> = {};
  let awaited = 0n;
  for (const name of names) {
    const ends = await admin.fetchTopicOffsets(name);
    for (const { high } of ends) awaited += BigInt(high);
    topics[name] = { partitions: ends.length, messages: [] };
  }
  await admin.disconnect();
  const consumer = stack().kafka.consumer({ groupId: 'record' });
  await consumer.connect();
  await consumer.subscribe({ topics: names, fromBeginning: true });
  let read = 0n;
  await consumer.run({
    eachMessage: async ({ topic, partition, message: { key, value, headers, timestamp, offset } }) => {
      read++;
      topics[topic]?.messages.push({
        partition,
        offset,
        timestamp,
        key: key?.toString('base64') ?? null,
        value: value?.toString('base64') ?? null,
        headers: Object.fromEntries(Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)])),
      });
    },
  });
  await until('everything to be read', () => read >= awaited, { deadlineMs: 60_000 });
  await consumer.disconnect();
  return topics;
}

function recordFiles(...folders: readonly string[]): Record<string, string> {
  const files: Record<string, string> = {};
  for (const folder of folders)
    for (const name of readdirSync(join(stack().home, folder), { recursive: true, encoding: 'utf8' })) {
      const file = join(stack().home, folder, name);
      if (statSync(file).isFile()) files[relative(stack().home, file)] = readFileSync(file).toString('base64');
    }
  return files;
}

it('records what a release leaves behind', async () => {
  const registry = new RegistryClient(stack().urls.registry, stack().token);
  const producer = new EventProducer({ kafka: stack().kafka, source: 'record', logger: stack().logger });
  const packages = new PackageStore(new FilesystemStore(pathToFileURL(`${join(stack().home, 'artifacts')}/`)));
  const status = () => registry.get(ModelStatus, base);
  for (const [n, version] of ['v1.0.0', 'v1.1.0'].entries()) {
    const { digest } = await packages.write(samplePackage({ odds: [(n + 1) / 10, -(n + 1) / 10] }));
    const training = trained(digest, { digest, artifact_uri: packages.uri(digest), backend: 'ml-xgboost' });
    await producer.publish('model.evaluated', evaluated(training, 'pass'));
    const versions = () => registry.get(z.array(VersionSummary), `${base}/versions`);
    await until(`${version} to be registered`, async () => (await versions()).length === n + 1);
    await registry.command('deploy', { version, reason: 'for the record' });
    await until(`${version} to be served`, async () => {
      const { live, deployment, instances } = await status();
      const agree = instances.length === 2 && instances.every((one) => one.version === version);
      return live?.version === version && deployment === null && agree;
    });
  }
  await producer.disconnect();
  for (let task = 0; task < 20; task++)
    await fetch(`${stack().serving[task % 2]}/v1/decide`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ task_id: `task-${task}`, site: { da: task } }),
    });
  const outcomes = await feedbackProducer(stack());
  const outcome = { timestamp: '2026-01-04T09:12:31Z', action_attempted: 'forum', result: 'failed' };
  const told = Array.from({ length: 100 }, (_, i) => ({
    key: `task-${i}`,
    value: JSON.stringify({ ...outcome, task_id: `task-${i}` }),
  }));
  await outcomes.send('automation.outcomes', [...told, { key: 'broken', value: 'no JSON' }]);
  await outcomes.close();
  await ingestedUpTo(stack(), 'automation.outcomes');
  await ingestedUpTo(stack(), 'predictions');
  for (const name of ['serving-1', 'serving-2', 'registry', 'feedback-ingest'] as const) await stack().halt(name);
  const record = {
    commit: process.env.RECORD_COMMIT,
    database: await recordDatabase(),
    topics: await recordTopics(),
    files: recordFiles('artifacts', 'serving'),
  };
  const target = process.env.RECORD_TO ?? '';
  expect(target).not.toBe('');
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, gzipSync(JSON.stringify(record), { level: 9 }));
});
