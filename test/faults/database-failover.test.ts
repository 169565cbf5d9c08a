import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AuditVerification } from '#contracts/http/audit';
import { Reconciliation } from '#contracts/http/reconciliation';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { migrate } from '#database/data-source';
import { DecidingClient } from '../e2e/deciding-client.js';
import { ReplicatedPostgres } from '../stack/replicated-postgres.js';
import { borrowKafka } from '../stack/shared/borrow.js';
import { DeployedStack } from './deployed-stack.js';

let kafka: Awaited<ReturnType<typeof borrowKafka>>;
let servers: ReplicatedPostgres;
let world: DeployedStack;
let clients: DecidingClient[] = [];

const told = async () => (await world.status()).alerts.map(({ alert }) => alert);
const reconciliations = () =>
  world.registry.get(z.array(Reconciliation), `/v1/models/${DEFAULT_MODEL}/reconciliations`);

async function expectSound(): Promise<void> {
  await world.expectStored();
  expect(await world.registry.get(AuditVerification, '/v1/audit/verify')).toMatchObject({ intact: true });
  expect(clients.flatMap(({ failures }) => failures)).toEqual([]);
}

beforeAll(async () => {
  [kafka, servers] = await Promise.all([borrowKafka(), ReplicatedPostgres.start()]);
  const [synchronous] = servers.replicas;
  await servers.follow(synchronous, servers.primary);
  await servers.waitFor(servers.primary, synchronous);
  await migrate(servers.url);
  world = await DeployedStack.start({ lent: { brokers: kafka.brokers, databaseUrl: servers.url } });
  clients = world.stack.serving.map((url) => new DecidingClient(url, 20));
});

afterAll(async () => {
  for (const client of clients) await client.stop();
  await world?.stop();
  await servers?.stop();
  await kafka?.stop();
});

describe('a PostgreSQL primary that is lost while outcomes come in and a version is deployed', () => {
  it('loses nothing where a synchronous replica is promoted', async () => {
    const [synchronous] = servers.replicas;
    const next = await world.register();
    await world.whileOutcomesCome(async () => {
      const deployed = world.deploy(next);
      await servers.primary.kill();
      await servers.promote(synchronous);
      await deployed;
      await world.agreement(next);
    });
    await expectSound();
    expect(await reconciliations()).toEqual([]);
    const log = await readFile(join(world.stack.home, 'logs/registry.log'), 'utf8');
    expect(log).toContain('a connection to Postgres was lost');
  });

  it('is told of what it has lost where an asynchronous one is promoted; outcomes are read again', async () => {
    const [leader, asynchronous] = servers.replicas;
    await servers.follow(asynchronous, leader);
    const known = (await world.status()).live?.version;
    // From here on nothing arrives there.
    await asynchronous.set('primary_conninfo', '');
    let lost = '';
    await world.whileOutcomesCome(async () => {
      lost = await world.deployAnother();
      await leader.kill();
      await servers.promote(asynchronous);
      await world.agreement(lost);
    });
    await expectSound();
    expect((await reconciliations())[0]).toMatchObject({
      finding: 'other-history',
      known: { version: known },
      seen: { version: lost },
      decision: null,
    });
    expect(await told()).toContain('history-diverged');
    const { stdout: shown } = await world.stack.cli('status');
    expect(shown).toContain('alert history-diverged');
    expect(shown).toContain('Decide what holds: ratchet reconcile list');
    expect((await world.stack.cli('doctor')).stdout).toContain('alert history-diverged');
  });
});
