import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { SERVICES, type ServiceName } from '../../deploy/local/stack/services.js';
import { until } from '../../deploy/local/until.js';
import { followedBlocks } from '../../docs/followed-blocks.js';
import { DecidingClient } from '../e2e/deciding-client.js';
import { DeployedStack } from '../faults/deployed-stack.js';
import { newcomersEnv, Terminal } from '../stack/terminal.js';

const PAGE = readFileSync(join(REPOSITORY, 'docs/operations/disaster-recovery.md'), 'utf8');
const TOPIC = 'automation.outcomes';
const PATIENCE = { deadlineMs: 120_000 };
const INSTANCES: readonly ServiceName[] = ['serving-1', 'serving-2'];
const WITH_DATABASE = SERVICES.map(({ name }) => name).filter((name) => !INSTANCES.includes(name));

let own: string;
let second: string;
let world: DeployedStack;
let terminal: Terminal;
let client: DecidingClient | null = null;
/** Sections whose disaster was brought about. */
const followed: string[] = [];

/** The commands of a section, a list for each block. */
const blocksOf = (title: string) =>
  followedBlocks(PAGE.split(/^## /m).find((section) => section.startsWith(`${title}\n`)) ?? '');

/** Follows a section: `then[i]` is what the page's words between block i and the next ask for. */
async function follow(title: string, ...then: readonly (() => Promise<void>)[]): Promise<void> {
  followed.push(title);
  const blocks = blocksOf(title);
  expect(blocks.length).toBeGreaterThan(0);
  for (const [i, block] of blocks.entries()) {
    for (const step of block.steps) await terminal.follow(step);
    await then[i]?.();
  }
}

const halt = async (names: readonly ServiceName[]): Promise<void> => {
  await Promise.all(names.map((name) => world.stack.halt(name)));
};
const start = async (names: readonly ServiceName[]): Promise<void> => {
  await Promise.all(names.map((name) => world.stack.resume(name)));
};

/** Runs statements about whole databases while no service is connected. */
async function onPostgres(...statements: string[]): Promise<void> {
  const url = new URL(world.stack.databaseUrl);
  const name = url.pathname.slice(1);
  url.pathname = '/postgres';
  const connection = new pg.Client({ connectionString: url.href });
  await connection.connect();
  try {
    await connection.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
    for (const statement of statements) await connection.query(statement.replaceAll('DATABASE', name));
  } finally {
    await connection.end();
  }
}

async function backUp(): Promise<void> {
  await halt(WITH_DATABASE);
  await onPostgres('drop database if exists last_night', 'create database last_night template "DATABASE"');
  await start(WITH_DATABASE);
}

const restore = () => onPostgres('drop database "DATABASE"', 'create database "DATABASE" template last_night');

async function loseKafka(): Promise<void> {
  await world.stack.halt('kafka');
  await rm(join(world.stack.home, 'kafka-data'), { recursive: true });
  await world.stack.resume('kafka');
}

const losePackages = () => rm(join(world.stack.home, 'artifacts'), { recursive: true });

const ends = async (work: 'ends' | 'gone') => {
  const admin = world.stack.kafka.admin();
  await admin.connect();
  try {
    if (work === 'ends') return await admin.fetchTopicOffsets(TOPIC);
    await admin.deleteTopics({ topics: [TOPIC] });
    await until('the topic to be gone', async () => !(await admin.listTopics()).includes(TOPIC), PATIENCE);
    return [];
  } finally {
    await admin.disconnect();
  }
};

beforeAll(async () => {
  second = await mkdtemp(join(tmpdir(), 'ratchet-second-store-'));
  world = await DeployedStack.start({
    services: SERVICES.map(({ name }) => name),
    env: { registry: { BACKUP_ARTIFACTS_URL: pathToFileURL(second).href } },
  });
  const { home, brokers, databaseUrl } = world.stack;
  // As its owner has it; in the stack's, the user of Postgres gets through.
  own = await mkdtemp(join(tmpdir(), 'ratchet-own-home-'));
  for (const name of ['token', 'stack.json']) await cp(join(home, name), join(own, name));
  for (const name of ['kafka', 'native']) await symlink(join(home, name), join(own, name));
  terminal = new Terminal(
    REPOSITORY,
    newcomersEnv({
      RATCHET_HOME: own,
      ARTIFACTS_URL: pathToFileURL(join(home, 'artifacts')).href,
      KAFKA_BROKERS: brokers,
      DATABASE_URL: databaseUrl,
    }),
  );
  await world.whileOutcomesCome(async () => undefined);
  await world.expectStored();
});

/** An instance that has its version answers through whatever else is lost. */
const answering = (): void => {
  client = new DecidingClient(world.stack.serving[0], 50);
};

afterEach(async () => {
  await client?.stop();
  expect(client?.failures ?? []).toEqual([]);
  client = null;
});

afterAll(async () => {
  await world?.stop();
  for (const folder of [own, second]) await rm(folder, { recursive: true, force: true });
});

describe('docs/operations/disaster-recovery.md', { timeout: 600_000 }, () => {
  it('before anything happens', () => follow('Before anything happens'));

  it('Kafka is lost', async () => {
    answering();
    await loseKafka();
    await follow('Kafka is lost');
  });

  it('topics are deleted and made anew', async () => {
    answering();
    await ends('gone');
    await follow('Topics are deleted and made anew');
  });

  it('retention was faster than ingest', async () => {
    await halt(['feedback-ingest']);
    await world.whileOutcomesCome(async () => undefined);
    const admin = world.stack.kafka.admin();
    await admin.connect();
    const partitions = (await ends('ends')).map(({ partition, high }) => ({ partition, offset: high }));
    await admin.fetchTopicOffsets(TOPIC);
    await admin.deleteTopicRecords({ topic: TOPIC, partitions });
    await admin.disconnect();
    await start(['feedback-ingest']);
    // The page begins where somebody is told.
    await until(
      'the alert to be raised',
      async () =>
        (await world.stack.query("select 1 from registry.alerts where alert = 'feedback-lost' and resolved_at is null"))
          .length > 0,
      PATIENCE,
    );
    await follow('Retention was faster than ingest');
  });

  it('the database is restored from a backup', async () => {
    await backUp();
    const since = await world.deployAnother();
    answering();
    await halt(WITH_DATABASE);
    await restore();
    await follow('The database is restored from a backup', () => start(WITH_DATABASE));
    await world.agreement(since);
  });

  it('the artifact store is lost', async () => {
    await terminal.follow({ line: 0, commands: 'npx ratchet backup verify', expected: [] });
    answering();
    await losePackages();
    await follow('The artifact store is lost, or a package is damaged');
  });

  it('everything but the backups is lost', async () => {
    const live = (await world.status()).live?.version ?? '';
    await backUp();
    await halt(SERVICES.map(({ name }) => name));
    await loseKafka();
    await restore();
    await losePackages();
    for (const name of INSTANCES) await rm(join(world.stack.home, 'serving', name), { recursive: true, force: true });
    let instances = Promise.resolve();
    await follow('Everything but the backups is lost', async () => {
      instances = start(INSTANCES);
      await start(WITH_DATABASE);
    });
    await instances;
    await world.agreement(live);
  });

  it('the database is lost, and there is no backup', async () => {
    const live = (await world.status()).live?.version ?? '';
    answering();
    await halt(WITH_DATABASE);
    await onPostgres('drop database "DATABASE"', 'create database "DATABASE"');
    await follow('The database is lost, and there is no backup', () => start(WITH_DATABASE));
    await world.agreement(live);
  });

  it('has no commands that were not followed', () => {
    const titles = PAGE.split(/^## /m).map((section) => section.split('\n')[0] ?? '');
    expect(titles.filter((title) => blocksOf(title).length > 0).toSorted()).toEqual(followed.toSorted());
  });
});
