import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AuditVerification } from '#contracts/http/audit';
import { Reconciliation } from '#contracts/http/reconciliation';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { migrate } from '#database/data-source';
import { until } from '../../deploy/local/until.js';
import { CHROMIUM } from '../browser/console-page.js';
import { DecidingClient } from '../e2e/deciding-client.js';
import { ReplicatedPostgres } from '../stack/replicated-postgres.js';
import { borrowKafka } from '../stack/shared/borrow.js';
import { DeployedStack } from './deployed-stack.js';
import { Onlooker } from './onlooker.js';
import { Recovery } from './recovery.js';

const PATIENCE = { deadlineMs: 120_000 };

let kafka: Awaited<ReturnType<typeof borrowKafka>>;
let servers: ReplicatedPostgres;
let world: DeployedStack;
let clients: DecidingClient[] = [];
let onlooker: Onlooker;

const told = async () => (await world.status()).alerts.map(({ alert }) => alert);
const reconciliations = () =>
  world.registry.get(z.array(Reconciliation), `/v1/models/${DEFAULT_MODEL}/reconciliations`);

async function expectSound(): Promise<void> {
  await world.expectStored();
  expect(await world.registry.get(AuditVerification, '/v1/audit/verify')).toMatchObject({ intact: true });
  expect(clients.flatMap(({ failures }) => failures)).toEqual([]);
}

/** While no server takes writes. */
async function expectAway(picture: string): Promise<void> {
  const away = 'Something that the service needs (Postgres, Kafka, the artifact store) does not answer just now';
  await until('the registry to say so', async () => (await onlooker.status()).includes(away), PATIENCE);
  await onlooker.expectToRead(picture, {
    status: [away, 'What is away: ratchet doctor'],
    doctor: ['✘ database', 'DATABASE_URL', '✘ service registry', 'postgres: '],
  });
  if (CHROMIUM.program !== null) expect(await onlooker.atTheDoor(picture)).toContain(away);
}

beforeAll(async () => {
  [kafka, servers] = await Promise.all([borrowKafka(), ReplicatedPostgres.start()]);
  const [synchronous] = servers.replicas;
  await servers.follow(synchronous, servers.primary);
  await servers.waitFor(servers.primary, synchronous);
  await migrate(servers.url);
  world = await DeployedStack.start({ lent: { brokers: kafka.brokers, databaseUrl: servers.url } });
  onlooker = new Onlooker(world.stack);
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
      await expectAway('no-primary');
      const recovery = new Recovery('a synchronous replica is promoted');
      await servers.promote(synchronous);
      await deployed;
      await recovery.within(() => world.agreed(next));
    });
    await expectSound();
    expect(await reconciliations()).toEqual([]);
    expect(await onlooker.log('registry')).toContain('a connection to Postgres was lost');
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
      const recovery = new Recovery('an asynchronous replica is promoted');
      await servers.promote(asynchronous);
      await recovery.within(() => world.agreed(lost));
    });
    await expectSound();
    expect((await reconciliations())[0]).toMatchObject({
      finding: 'other-history',
      known: { version: known },
      seen: { version: lost },
      decision: null,
    });
    expect(await told()).toContain('history-diverged');
    const found = `with ${lost} live was found`;
    const next = 'Decide what holds: ratchet reconcile list';
    await onlooker.expectToRead('promoted', {
      status: ['alert history-diverged', found, next],
      doctor: ['alert history-diverged', found, next],
      console: { overview: ['Another history is live', found, 'Restore what was known'] },
      log: { registry: [found, 'a connection to Postgres was lost'] },
    });
  });

  it('that stands still instead of being gone is left within 30 s for the replica that is promoted', async () => {
    const [, leader, last] = servers.replicas;
    await servers.follow(last, leader);
    await servers.waitFor(leader, last);
    const next = await world.register();
    try {
      await world.whileOutcomesCome(async () => {
        leader.freeze();
        await expectAway('frozen-primary');
        await servers.promote(last);
        const recovery = new Recovery('the primary stands still, and a replica is promoted');
        await world.deploy(next);
        await recovery.within(() => world.agreed(next));
      });
    } finally {
      await leader.kill();
    }
    await expectSound();
  });
});
