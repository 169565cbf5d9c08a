import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AuditVerification } from '#contracts/http/audit';
import { StreamIncident } from '#contracts/http/feedback';
import type { ModelStatus } from '#contracts/http/models';
import { Reconciliation } from '#contracts/http/reconciliation';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { DESIRED_STATE_TOPICS } from '#contracts/topics';
import { readToEnd } from '#kafka/consume/read-to-end';
import { freePort } from '../../deploy/local/ports.js';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { SERVICES, type ServiceName } from '../../deploy/local/stack/services.js';
import { until } from '../../deploy/local/until.js';
import { DeployedStack } from '../faults/deployed-stack.js';
import { Recovery } from '../faults/recovery.js';
import { ServiceProcess } from '../faults/service-process.js';
import { EarlierRelease } from '../stack/earlier-release.js';
import { ingestedUpTo } from '../stack/feedback.js';
import { runNode } from '../stack/programs.js';
import { TwoInstances } from './two-instances.js';

/**
 * The last commit of this history before the work that the fixture of test/faults/previous-release is from, whose own
 * commit is not part of it.
 */
const PREVIOUS = process.env.RATCHET_PREVIOUS ?? '549538b';
const PATIENCE = { deadlineMs: 120_000 };
const ABOUT_DEPLOYMENTS = [
  'deployment-failed',
  'desired-state-lost',
  'feedback-lost',
  'history-diverged',
  'topic-remade',
];
const Findings = z.array(z.looseObject({ check: z.string(), state: z.string() }));
const INSTANCES = ['serving-1', 'serving-2'] as const satisfies readonly ServiceName[];

let previous: EarlierRelease;
let world: DeployedStack;
let engines: TwoInstances;
let failed = false;

/** Puts one service in the place of the other release's, as an orchestrator does, while decisions are asked for. */
const replaceBy = (name: ServiceName, tree?: string, env: NodeJS.ProcessEnv = {}): Promise<void> =>
  engines.without(name, () => world.stack.replace(name, tree, env));

async function expectBothToAnswerWith(version: string): Promise<void> {
  const before = INSTANCES.map((name) => engines.answers(name, version));
  await until(
    `both instances to answer with ${version}`,
    () => INSTANCES.every((name, i) => engines.answers(name, version) > (before[i] ?? 0)),
    PATIENCE,
  );
}

/** A version goes live and back again, and both instances answer with what is live each time. */
async function deployAndGoBack(): Promise<void> {
  const { live } = await world.status();
  const next = await world.deployAnother();
  await expectBothToAnswerWith(next);
  await world.rollBack(live?.version ?? '');
  await expectBothToAnswerWith(live?.version ?? '');
}

/** Outcomes come in meanwhile, and each is stored once. */
async function replaceWhileOutcomesCome(name: ServiceName, tree?: string): Promise<void> {
  await world.whileOutcomesCome(() => world.stack.replace(name, tree));
  await world.expectStored();
}

/** As the evaluator says it after a drop, or that it is over. */
async function degrade(degraded: boolean): Promise<void> {
  const { live } = await world.status();
  const since = '2026-01-04T09:12:31Z';
  const numbers = { since, outcomes: 400, live_accuracy: 0.4, baseline_accuracy: 0.6, calibration: [] };
  await world.stack.query(
    `insert into evaluation.episodes (episode_id, model, version, generation, reference, live, interval_low, interval_high, outcomes, onset_at, detected_at)
     select gen_random_uuid(), $1, $2, 1, 0.8, 0.4, 0.3, 0.5, 400, $3, $3
     where not exists (select from evaluation.episodes where model = $1 and version = $2)`,
    [DEFAULT_MODEL, live?.version, since],
  );
  await world.stack.query(
    `insert into evaluation.standings (model, version, degraded, numbers) values ($1, $2, $3, $4)
     on conflict (model) do update set version = excluded.version, degraded = excluded.degraded`,
    [DEFAULT_MODEL, live?.version, degraded, numbers],
  );
}

/** … and every instance acts by the generation that says so. */
const follows = (what: string, holds: (status: ModelStatus) => boolean): Promise<ModelStatus> =>
  until(
    what,
    async () => {
      const now = await world.status();
      const seen = now.instances.map(({ instance, generation }) => `${instance} at ${generation}`).join(', ');
      if (!holds(now)) throw new Error(`the registry does not say so, at generation ${now.generation}`);
      if (!now.instances.every(({ generation }) => generation === now.generation))
        throw new Error(`the registry is at generation ${now.generation}, ${seen}`);
      return now;
    },
    PATIENCE,
  );

const run = async (file: string, env: NodeJS.ProcessEnv): Promise<void> => {
  const { code, stderr } = await runNode([join(REPOSITORY, 'dist', file)], {
    cwd: REPOSITORY,
    env: { ...process.env, ...env },
  });
  expect([file, code, stderr]).toEqual([file, 0, expect.anything()]);
};

beforeAll(async () => {
  previous = await EarlierRelease.build(PREVIOUS);
  world = await DeployedStack.resume({ release: previous.tree, services: SERVICES.map(({ name }) => name) });
  await world.deployAnother();
  await world.deployAnother();
  const [first, second] = world.stack.serving;
  engines = new TwoInstances({ 'serving-1': first, 'serving-2': second });
}, 600_000);

afterEach(({ task }) => {
  failed ||= task.result?.state === 'fail';
  expect(engines.unanswered).toEqual([]);
  expect(engines.failures).toEqual([]);
});

afterAll(async () => {
  await engines?.stop();
  await world?.stack.stop(failed ? { keepLogs: 'rolling-upgrade' } : {});
  await previous?.remove();
});

describe(`release ${PREVIOUS} and this one beside each other`, { timeout: 600_000 }, () => {
  it('the old services go on while the database and the topics are migrated, and after', async () => {
    await world.whileOutcomesCome(async () => {
      await run('libs/database/migrate.js', { DATABASE_URL: world.stack.databaseUrl });
      await run('libs/kafka/create-topics.js', { KAFKA_BROKERS: world.stack.brokers });
      await deployAndGoBack();
    });
    await world.expectStored();
  });

  it('the new feedback-ingest in the place of the old, before anything that packs what it reads', async () => {
    await replaceWhileOutcomesCome('feedback-ingest');
  });

  it('a new instance beside an old one, under the old registry', async () => {
    await replaceBy('serving-1');
    await deployAndGoBack();
  });

  it('a new registry beside the old one, and then in its place', async () => {
    const beside = new ServiceProcess(world.stack, 'registry', await freePort());
    await beside.start();
    try {
      await deployAndGoBack();
      await replaceWhileOutcomesCome('registry');
    } finally {
      await beside.kill('SIGTERM');
    }
    await deployAndGoBack();
  });

  it('an old instance follows when it is told that the live version is degraded', async () => {
    await degrade(true);
    const told = await follows('the live version to be called degraded', ({ degraded }) => degraded !== null);
    await degrade(false);
    const { generation } = await follows('it to be called so no more', ({ degraded }) => degraded === null);
    expect(generation).toBeGreaterThan(told.generation);
    await deployAndGoBack();
  });

  it('back again: an old instance beside the new registry', async () => {
    await replaceBy('serving-1', previous.tree);
    await deployAndGoBack();
    await replaceBy('serving-1');
    await deployAndGoBack();
    await replaceBy('serving-2');
    await deployAndGoBack();
  });

  it.each(['trainer', 'evaluator'] as const)('the new %s in the place of the old', async (name) => {
    await replaceWhileOutcomesCome(name);
    await deployAndGoBack();
  });

  it('back again: the old feedback-ingest, once instances pack with gzip and what they packed before is read', async () => {
    for (const name of INSTANCES) await replaceBy(name, undefined, { KAFKA_COMPRESSION: 'gzip' });
    await ingestedUpTo(world.stack, 'predictions');
    await replaceWhileOutcomesCome('feedback-ingest', previous.tree);
    await ingestedUpTo(world.stack, 'predictions');
    await replaceWhileOutcomesCome('feedback-ingest');
    for (const name of INSTANCES) await replaceBy(name);
    await ingestedUpTo(world.stack, 'predictions');
    await deployAndGoBack();
  });

  it('in the end registry, topics, instances and audit agree, and nothing is left to decide', async () => {
    const { live } = await world.status();
    const now = await new Recovery('the last service was replaced').within(() => world.agreed(live?.version ?? ''));
    const states = (await readToEnd(world.stack.kafka, 'test', DESIRED_STATE_TOPICS)).map(({ value }) => value);
    const top = states.toSorted((a, b) => b.generation - a.generation)[0];
    expect(top).toMatchObject({ generation: now.generation, live: { version: now.live?.version } });
    expect(now.alerts.filter(({ alert }) => ABOUT_DEPLOYMENTS.includes(alert))).toEqual([]);
    const { registry } = world;
    expect(await registry.get(AuditVerification, '/v1/audit/verify')).toMatchObject({ intact: true });
    expect(await registry.get(z.array(Reconciliation), `/v1/models/${DEFAULT_MODEL}/reconciliations`)).toEqual([]);
    expect(await registry.get(z.array(StreamIncident), '/v1/metrics/feedback/incidents')).toEqual([]);
    const { stdout } = await world.stack.cli('doctor', '--json');
    const failed = Findings.parse(JSON.parse(stdout)).filter(({ state }) => state === 'failed');
    // The stack's folder lets the user of Postgres through.
    expect(failed.filter(({ check }) => check !== 'data folder')).toEqual([]);
  });
});
