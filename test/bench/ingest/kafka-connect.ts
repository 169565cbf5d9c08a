import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from '../../../deploy/local/ports.js';
import { rate } from './progress.js';

const CONNECT_VERSION = '4.3.1';
const DEBEZIUM_VERSION = '3.2.0.Final';

/**
 * Debezium's own build names a repository that holds nothing this needs and is not reachable everywhere: the one of the
 * same id here, an empty folder, takes its place. Kafka Connect comes first, so that its Jackson is the one that is taken.
 */
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>ratchet</groupId><artifactId>bench-connect</artifactId><version>1</version><packaging>pom</packaging>
  <repositories>
    <repository><id>confluent</id><url>file://\${project.basedir}/none</url></repository>
  </repositories>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>connect-runtime</artifactId><version>${CONNECT_VERSION}</version></dependency>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>connect-json</artifactId><version>${CONNECT_VERSION}</version></dependency>
    <dependency><groupId>io.debezium</groupId><artifactId>debezium-connector-jdbc</artifactId><version>${DEBEZIUM_VERSION}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
`;

async function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}`);
}

/** Fetches Kafka Connect and the Debezium JDBC sink from Maven, once. */
export async function fetchConnect(folder: string): Promise<string> {
  const jars = join(folder, 'jars');
  const done = join(folder, `done-${CONNECT_VERSION}-${DEBEZIUM_VERSION}-log`);
  if (existsSync(done)) return jars;
  await mkdir(jars, { recursive: true });
  await writeFile(join(folder, 'pom.xml'), POM);
  const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
  await run('mvn', ['-B', '-q', plugin, `-DoutputDirectory=${jars}`, '-DincludeScope=runtime'], folder);
  await writeFile(done, '');
  return jars;
}

/** What the messages look like, for the converter: they carry no schema of their own. */
const SCHEMA = JSON.stringify({
  type: 'struct',
  name: 'outcome',
  fields: [
    ['timestamp', 'string'],
    ['task_id', 'int64'],
    ['domain', 'string'],
    ['action_attempted', 'string'],
    ['result', 'string'],
    ['failure_reason', 'string'],
    ['captcha_type', 'string'],
    ['execution_time', 'double'],
    ['retry_count', 'int32'],
  ].map(([field, type]) => ({ field, type, optional: true })),
});

const properties = (values: Record<string, string | number>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');

export interface ConnectRun {
  readonly jars: string;
  readonly folder: string;
  readonly brokers: string;
  readonly databaseUrl: string;
  readonly messages: number;
  readonly round: number;
}

/**
 * Rows a second of Kafka Connect with the Debezium JDBC sink: two tasks, upsert by topic, partition and offset,
 * batches as large as ours, inserts rewritten by the driver.
 */
export async function measureConnect({
  jars,
  folder,
  brokers,
  databaseUrl,
  messages,
  round,
}: ConnectRun): Promise<number> {
  const url = new URL(databaseUrl);
  const table = `connect_outcomes_${round}`;
  await writeFile(
    join(folder, 'worker.properties'),
    properties({
      'bootstrap.servers': brokers,
      'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
      'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'value.converter.schemas.enable': 'true',
      'value.converter.schema.content': SCHEMA,
      'offset.storage.file.filename': join(folder, `offsets-${round}`),
      'offset.flush.interval.ms': 5000,
      'consumer.auto.offset.reset': 'earliest',
      'consumer.max.poll.records': 5000,
      'consumer.max.partition.fetch.bytes': 2 * 1024 * 1024,
      listeners: `http://127.0.0.1:${await freePort()}`,
    }),
  );
  await writeFile(
    join(folder, 'sink.properties'),
    properties({
      name: `bench-${round}`,
      'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector',
      'tasks.max': 2,
      topics: 'automation.outcomes',
      'connection.url': `jdbc:postgresql://${url.host}${url.pathname}?reWriteBatchedInserts=true`,
      'connection.username': decodeURIComponent(url.username),
      'connection.password': decodeURIComponent(url.password),
      'insert.mode': 'upsert',
      'primary.key.mode': 'kafka',
      'schema.evolution': 'basic',
      'collection.name.format': table,
      'batch.size': 5000,
    }),
  );
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  // Made ahead: two tasks that both create it get in each other's way.
  await client.query(`create table public.${table} (
    __connect_topic text not null, __connect_partition integer not null, __connect_offset bigint not null,
    timestamp text, task_id bigint, domain text, action_attempted text, result text, failure_reason text,
    captcha_type text, execution_time double precision, retry_count integer,
    primary key (__connect_topic, __connect_partition, __connect_offset))`);
  const log = await open(join(folder, 'connect.log'), 'w');
  const worker = spawn(
    'java',
    [
      '-Xmx1g',
      '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
      '-cp',
      join(jars, '*'),
      'org.apache.kafka.connect.cli.ConnectStandalone',
      join(folder, 'worker.properties'),
      join(folder, 'sink.properties'),
    ],
    { stdio: ['ignore', log.fd, log.fd] },
  );
  const ended = once(worker, 'exit');
  const rowsSoFar = async (): Promise<number> => {
    if (worker.exitCode !== null) throw new Error(`Kafka Connect ended; see ${folder}/connect.log`);
    // Counting is dear; each row has the next offset of its partition, so the highest of each say it too.
    const counted = await client.query(
      `select coalesce(sum(n), 0)::float8 as n from generate_series(0, 3) p cross join lateral (
         select __connect_offset + 1 as n from public.${table}
         where __connect_topic = 'automation.outcomes' and __connect_partition = p
         order by __connect_offset desc limit 1) last`,
    );
    return Number(counted.rows[0]?.n ?? 0);
  };
  try {
    return await rate('Kafka Connect', messages, rowsSoFar);
  } finally {
    // Asked nicely, its web server now and then throws in the middle of the shutdown and the process stays.
    worker.kill('SIGKILL');
    await ended;
    await client.query(`drop table if exists public.${table}`);
    await client.end();
    await log.close();
  }
}
