import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AuditVerification } from '#contracts/http/audit';
import { StreamIncident } from '#contracts/http/feedback';
import { MIGRATIONS, MIGRATIONS_TABLE, migrate } from '#database/data-source';
import { createKafka, type Kafka } from '#kafka/client/connection';
import { applyTopics } from '#kafka/topics/topics';
import { createLogger } from '#platform/logging';
import { until } from '../../deploy/local/until.js';
import { DecidingClient } from '../e2e/deciding-client.js';
import { borrowDatabase, borrowKafka } from '../stack/shared/borrow.js';
import { DeployedStack } from './deployed-stack.js';
import { Recovery } from './recovery.js';

/** What record.ts wrote down; see previous-release/make.mjs. */
const Release = z.object({
  commit: z.string(),
  database: z.object({
    tables: z.array(
      z.object({
        name: z.string(),
        parent: z.string().nullable(),
        bound: z.string().nullable(),
        rows: z.array(z.string()),
      }),
    ),
    sequences: z.array(z.object({ name: z.string(), last_value: z.string() })),
  }),
  topics: z.record(
    z.string(),
    z.object({
      partitions: z.int(),
      messages: z.array(
        z.object({
          partition: z.int(),
          offset: z.string(),
          timestamp: z.string(),
          key: z.string().nullable(),
          value: z.string().nullable(),
          headers: z.record(z.string(), z.string()),
        }),
      ),
    }),
  ),
  files: z.record(z.string(), z.string()),
});
const release = Release.parse(
  JSON.parse(gunzipSync(readFileSync(join(import.meta.dirname, 'previous-release/release.json.gz'))).toString()),
);
const MIGRATIONS_RUN = `public.${MIGRATIONS_TABLE}`;
const bytes = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text, 'base64'));

const loans: { stop(): Promise<void> }[] = [];
let world: DeployedStack;
let client: DecidingClient;

/** The database as that release had it: its migrations, and its rows in the place of what they put in. */
async function restoreDatabase(url: string): Promise<void> {
  const { tables, sequences } = release.database;
  const done = tables.find(({ name }) => name === MIGRATIONS_RUN)?.rows ?? [];
  const migrations = MIGRATIONS.filter(({ name }) => done.some((row) => row.endsWith(`,${name})`)));
  const source = new DataSource({ type: 'postgres', url, migrations, migrationsTableName: MIGRATIONS_TABLE });
  await source.initialize();
  await source.runMigrations({ transaction: 'each' });
  await source.destroy();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  // No triggers and no foreign keys meanwhile: the rows have been through them.
  await client.query('set session_replication_role = replica');
  for (const { name, parent, bound } of tables)
    if (parent !== null) await client.query(`create table if not exists ${name} partition of ${parent} ${bound}`);
  for (const { name, rows } of tables) {
    const columns = await client.query<{ name: string }>(
      "select quote_ident(attname) as name from pg_attribute where attrelid = to_regclass($1) and attnum > 0 and not attisdropped and attgenerated = ''",
      [name],
    );
    const list = columns.rows.map((column) => column.name).join(', ');
    // What is not made by migrations is made by `migrate` at its end.
    if (list === '') continue;
    await client.query(`delete from ${name}`);
    for (const row of rows)
      await client.query(
        `insert into ${name} (${list}) overriding system value select ${list} from (select ($1::${name}).*) as old`,
        [row],
      );
  }
  for (const { name, last_value } of sequences)
    await client.query('select setval($1::text::regclass, $2) where to_regclass($1::text) is not null', [
      name,
      last_value,
    ]);
  await client.end();
}

/** The topics as that release left them, every message at its place. */
async function restoreTopics(kafka: Kafka): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  const topics = Object.entries(release.topics);
  await admin.createTopics({
    topics: topics.map(([topic, { partitions }]) => ({ topic, numPartitions: partitions })),
    waitForLeaders: true,
  });
  await admin.disconnect();
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  for (const [topic, { messages }] of topics)
    if (messages.length > 0)
      await producer.send({
        topic,
        messages: messages
          .toSorted((a, b) => Number(BigInt(a.offset) - BigInt(b.offset)))
          .map(({ partition, timestamp, key, value, headers }) => ({
            partition,
            timestamp,
            key: bytes(key),
            value: bytes(value),
            headers,
          })),
      });
  await producer.disconnect();
}

function restoreFiles(home: string): void {
  for (const [file, content] of Object.entries(release.files)) {
    mkdirSync(dirname(join(home, file)), { recursive: true });
    writeFileSync(join(home, file), Buffer.from(content, 'base64'));
  }
}

beforeAll(async () => {
  const [kafka, database] = await Promise.all([borrowKafka(), borrowDatabase('empty')]);
  loans.push(kafka, database);
  await restoreDatabase(database.url);
  const cluster = createKafka(
    { KAFKA_BROKERS: [kafka.brokers], KAFKA_TLS: false },
    'test',
    createLogger('test', 'silent'),
  );
  await restoreTopics(cluster);
  // As docs/how-to/upgrading.md has it: migrations and topics first.
  await migrate(database.url);
  await applyTopics(cluster);
  world = await DeployedStack.resume({
    lent: { brokers: kafka.brokers, databaseUrl: database.url },
    prepare: restoreFiles,
  });
  client = new DecidingClient(world.stack.serving[0], 20);
});

afterAll(async () => {
  await client?.stop();
  await world?.stop();
  for (const loan of loans) await loan.stop();
});

describe(`what release ${release.commit} left behind, under the services of this one`, () => {
  it('is served: the version that was live, by the generation of that time', async () => {
    const started = new Recovery('the services of this release are started on what an earlier one left behind');
    const { generation } = await started.within(() => world.agreed('v1.1.0'));
    expect(generation).toBeGreaterThan(0);
    await until('an answer by it', () => client.versions.has('v1.1.0'));
  });

  it('keeps its feedback, and goes on where that release stopped reading', async () => {
    world.remember(100, 2);
    await world.whileOutcomesCome(async () => undefined);
    await world.expectStored();
    const incidents = await world.registry.get(z.array(StreamIncident), '/v1/metrics/feedback/incidents');
    expect(incidents).toEqual([]);
    const letters = await world.stack.query('select count(*)::int as n from feedback.dead_letters');
    expect(letters).toEqual([{ n: 1 }]);
  });

  it('keeps its audit log, which goes on', async () => {
    expect(await world.registry.get(AuditVerification, '/v1/audit/verify')).toMatchObject({ intact: true });
  });

  it('rolls back to a package of that release and deploys one of this one, and drops nothing', async () => {
    await world.rollBack('v1.0.0');
    expect(await world.deployAnother()).toBe('v1.2.0');
    expect(await world.registry.get(AuditVerification, '/v1/audit/verify')).toMatchObject({ intact: true });
    expect(client.failures).toEqual([]);
  });
});
