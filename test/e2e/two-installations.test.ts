import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FilesystemStore } from '#artifacts/filesystem-store';
import { PackageStore } from '#artifacts/package-store';
import { ModelStatus } from '#contracts/http/models';
import { VersionSummary } from '#contracts/http/versions';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { migrate } from '#database/data-source';
import { EventProducer } from '#kafka/produce/producer';
import { applyTopics } from '#kafka/topics/topics';
import { freePort } from '../../deploy/local/ports.js';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { serviceEnv } from '../../deploy/local/stack/services.js';
import { until } from '../../deploy/local/until.js';
import { feedbackProducer, ingestedUpTo } from '../stack/feedback.js';
import { type CommandResult, runNode } from '../stack/programs.js';
import { borrowDatabase, borrowKafka } from '../stack/shared/borrow.js';
import { startStack, type TestStack } from '../stack/stack.js';
import { samplePackage } from './model-packages.js';
import { evaluated, RegistryClient, trained } from './registry-client.js';

const PREFIX = 'second.';
const SERVICES = ['registry', 'feedback-ingest', 'serving-1'] as const;
const Findings = z.array(
  z.object({ check: z.string(), state: z.string(), detail: z.string(), next: z.string().nullable() }),
);

const loans: { stop(): Promise<void> }[] = [];
const stacks: TestStack[] = [];
let brokers: string;
let first: TestStack;
let second: TestStack;
let otherDatabase: string;

const program = (file: string, env: NodeJS.ProcessEnv, ...args: string[]): Promise<CommandResult> =>
  runNode([join(REPOSITORY, 'dist', file), ...args], { cwd: REPOSITORY, env });

const database = async (): Promise<string> => {
  const lent = await borrowDatabase('migrated');
  loans.push(lent);
  return lent.url;
};

/** A service of an installation with the other database, on the topics of the first. */
const stranger = async (app: string): Promise<NodeJS.ProcessEnv> =>
  serviceEnv({ home: second.home, brokers, databaseUrl: otherDatabase }, app, await freePort());

const registryOf = (stack: TestStack) => new RegistryClient(stack.urls.registry, stack.token);
const live = async (stack: TestStack) =>
  (await registryOf(stack).get(ModelStatus, `/v1/models/${DEFAULT_MODEL}`)).live?.version ?? null;

async function tasksOf(stack: TestStack): Promise<string[]> {
  await ingestedUpTo(stack, 'automation.outcomes');
  return (await stack.query<{ task_id: string }>('select distinct task_id from feedback.events order by 1')).map(
    ({ task_id }) => task_id,
  );
}

async function tell(stack: TestStack, task_id: string): Promise<void> {
  const producer = await feedbackProducer(stack);
  const outcome = { timestamp: '2026-01-04T09:12:31Z', task_id, action_attempted: 'forum', result: 'failed' };
  await producer.send('automation.outcomes', [{ key: task_id, value: JSON.stringify(outcome) }]);
  await producer.close();
}

async function deploySomething(stack: TestStack): Promise<void> {
  const { kafka, logger, home } = stack;
  const packages = new PackageStore(new FilesystemStore(pathToFileURL(`${join(home, 'artifacts')}/`)));
  const { digest } = await packages.write(samplePackage({ odds: [0.1, -0.1] }));
  const producer = new EventProducer({ kafka, source: 'test', logger });
  const training = trained(digest, { digest, artifact_uri: packages.uri(digest), backend: 'ml-xgboost' });
  await producer.publish('model.evaluated', evaluated(training, 'pass'));
  await producer.disconnect();
  const registry = registryOf(stack);
  const versions = () => registry.get(z.array(VersionSummary), `/v1/models/${DEFAULT_MODEL}/versions`);
  await until('the version to be registered', async () => (await versions()).length === 1);
  await registry.command('deploy', { version: 'v1.0.0', reason: 'to see where it goes' });
  await until('it to be live', async () => (await live(stack)) === 'v1.0.0');
}

/** As when a broker has lost the topic, or somebody has deleted it. */
async function forgetClaim(): Promise<void> {
  const admin = first.kafka.admin();
  await admin.connect();
  await admin.deleteTopics({ topics: ['installation.claimed'] });
  await until('it to be gone', async () => !(await admin.listTopics()).includes('installation.claimed'));
  await admin.disconnect();
  await applyTopics(first.kafka);
}

beforeAll(async () => {
  const kafka = await borrowKafka();
  loans.push(kafka);
  brokers = kafka.brokers;
  first = await startStack({ services: SERVICES, lent: { brokers, databaseUrl: await database() } });
  stacks.push(first);
  otherDatabase = await database();
  second = await startStack({
    services: SERVICES,
    topicPrefix: PREFIX,
    lent: { brokers, databaseUrl: otherDatabase },
  });
  stacks.push(second);
});

afterAll(async () => {
  for (const stack of stacks) await stack.stop();
  for (const loan of loans) await loan.stop();
});

describe('two installations on one Kafka, one of them with a prefix', () => {
  it('keep their outcomes apart', async () => {
    await tell(first, 'of-the-first');
    await tell(second, 'of-the-second');
    expect(await tasksOf(second)).toEqual(['of-the-second']);
    expect(await tasksOf(first)).toEqual(['of-the-first']);
  });

  it('keep what is live apart', async () => {
    await deploySomething(second);
    await until('the instance of the second to answer', async () => {
      const answer = await fetch(`${second.serving[0]}/v1/decide`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"task_id":1,"site":{}}',
      });
      return answer.ok;
    });
    expect(await live(first)).toBeNull();
  });

  it('have no topic and no group in common', async () => {
    const admin = first.kafka.admin();
    await admin.connect();
    const topics = (await admin.listTopics()).filter((name) => !name.startsWith('__'));
    const groups = (await admin.listGroups()).groups.map(({ groupId }) => groupId);
    await admin.disconnect();
    const [theirs, ours] = [
      topics.filter((name) => name.startsWith(PREFIX)),
      topics.filter((name) => !name.startsWith(PREFIX)),
    ];
    expect(theirs.toSorted()).toEqual(ours.map((name) => PREFIX + name).toSorted());
    for (const group of ['ratchet-registry', 'ratchet.feedback-ingest'])
      expect(groups).toEqual(expect.arrayContaining([group, PREFIX + group]));
  });

  it('are each one for ratchet doctor', async () => {
    for (const stack of stacks) {
      const findings = Findings.parse(JSON.parse((await stack.cli('doctor', '--json')).stdout));
      expect(findings.find(({ check }) => check === 'installation')).toMatchObject({ state: 'ok' });
      expect(findings.find(({ check }) => check === 'topics')).toMatchObject({ state: 'ok' });
    }
  });
});

describe('an installation without a prefix on the topics of another one', () => {
  it.each(['registry', 'feedback-ingest'])('is refused: its %s says what to set', async (app) => {
    const { code, stderr } = await program(`apps/${app}/main.js`, await stranger(app));
    expect(stderr).toContain(
      `configuration: KAFKA_TOPIC_PREFIX: these topics on ${brokers} belong to another installation`,
    );
    expect(stderr).toContain('KAFKA_TOPIC_PREFIX=second.');
    expect(code).toBe(78);
  });

  it('has taken nothing of it, and is named by ratchet doctor', async () => {
    await tell(first, 'afterwards');
    expect(await tasksOf(first)).toEqual(['afterwards', 'of-the-first']);
    const env = { ...(await stranger('cli')), NO_COLOR: '1', KAFKA_TOPIC_PREFIX: '' };
    const { stdout, code } = await program(
      'apps/cli/main.js',
      { ...env, RATCHET_HOME: first.home },
      'doctor',
      '--json',
    );
    expect(code).toBe(1);
    expect(Findings.parse(JSON.parse(stdout)).find(({ check }) => check === 'installation')).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining('belong to installation'),
      next: expect.stringContaining('KAFKA_TOPIC_PREFIX'),
    });
    // Its registry is not there to be asked, nor to serve a console or raise an alert.
    const asked = await program(
      'apps/cli/main.js',
      { ...env, RATCHET_URL: `http://127.0.0.1:${await freePort()}` },
      'status',
    );
    expect(asked).toMatchObject({ code: 1, stderr: expect.stringMatching(/What is wrong: (npx )?ratchet doctor/) });
    const unharmed = await first.cli('status');
    expect(unharmed.stdout).not.toContain('alert ');
  });

  it('does not take them while installation.claimed is made anew during a restart of the other one', async () => {
    await deploySomething(first);
    const fresh = serviceEnv(
      { home: second.home, brokers, databaseUrl: await database() },
      'registry',
      await freePort(),
    );
    for (const name of SERVICES) await first.halt(name);
    await forgetClaim();
    for (const [env, why] of [
      [await stranger('registry'), 'belonged to another installation, and installation.claimed was made anew since'],
      [await stranger('feedback-ingest'), 'belonged to another installation'],
      [fresh, 'hold what another registry has decided, and installation.claimed is empty'],
    ] as const) {
      const app = env === fresh || why.includes('since') ? 'registry' : 'feedback-ingest';
      const { code, stderr } = await program(`apps/${app}/main.js`, env);
      expect(stderr).toContain(`KAFKA_TOPIC_PREFIX: these topics on ${brokers} ${why}`);
      expect(stderr).toContain('create-topics.js --release-claim');
      expect(code).toBe(78);
    }
    for (const name of SERVICES) await first.resume(name);
    await until('it to be live', async () => (await live(first)) === 'v1.0.0');
    // Claimed again: the sentence is the one with its id.
    expect((await program('apps/registry/main.js', fresh)).stderr).toContain('belong to another installation, ');
  });

  it('is what the topics say, when its database is restored from before installations had ids', async () => {
    for (const name of ['registry', 'feedback-ingest'] as const) await first.halt(name);
    // What a migration does to such a backup.
    await first.query('drop table ratchet_installation');
    await migrate(first.databaseUrl);
    await first.resume('feedback-ingest');
    await first.resume('registry');
    expect(await live(first)).toBe('v1.0.0');
    const log = await readFile(join(first.home, 'logs/feedback-ingest.log'), 'utf8');
    expect(log).toContain('it is the installation again that they belong to');
  });

  it('has them when the other one is lost and its claim is released', async () => {
    for (const name of SERVICES) await first.halt(name);
    const released = await program('libs/kafka/create-topics.js', await stranger('topics'), '--release-claim');
    expect(released).toMatchObject({ code: 0, stdout: expect.stringContaining('Released') });
    const successor = await startStack({ services: ['registry'], lent: { brokers, databaseUrl: await database() } });
    await successor.stop();
    // Now it is the other one that comes too late.
    await expect(first.resume('registry')).rejects.toThrow('belong to another installation');
  });
});
