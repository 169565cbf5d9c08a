import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DesiredState } from '#contracts/events/deployment';
import type { ModelEvaluated } from '#contracts/events/evaluation';
import type { Deployment } from '#contracts/http/deployments';
import { ModelStatus } from '#contracts/http/models';
import { CanaryAccepted, CanaryStatus, ShadowStatus } from '#contracts/http/rollout';
import { DecideResponse } from '#contracts/http/serving';
import { VersionSummary } from '#contracts/http/versions';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { until } from '../../deploy/local/until.js';
import type { SampleEngine } from '../stack/programs.js';
import { useStack } from '../stack/use-stack.js';

const MODEL = 'backlink-outcome';
const RATE = ['--burst', '0', '--rate', '100'];
const EXPLORATION = 0.1;
/** The machine may be busy; nothing here depends on how fast it is. */
const PATIENT = { deadlineMs: 600_000, everyMs: 500 };

/** The delivered definition with a canary of minutes instead of hours, in a folder of the test's own. */
const folder = mkdtempSync(join(tmpdir(), 'ratchet-models-'));
const define = (schedule: string, minimumOutcomes = 30): void => {
  const delivered = readFileSync(join(REPOSITORY, 'deploy/models', `${MODEL}.yaml`), 'utf8');
  const ours = delivered
    .replace(/^hyper_parameters:.*$/m, 'hyper_parameters: { rounds: 80, max_depth: 5, learning_rate: 0.15 }')
    .replace(/^schedule:.*$/m, `schedule: "${schedule}"`)
    .replace(
      /^canary:.*$/m,
      `canary: { steps: [10, 25, 50, 100], step_minutes: 0.05, minimum_outcomes: ${minimumOutcomes} }`,
    );
  writeFileSync(join(folder, `${MODEL}.yaml`), `${ours}monitoring: { accuracy_drop: 0.1, cool_down_minutes: 0.2 }\n`);
};
define('');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a loop that heals itself', () => {
  const stack = useStack('self-healing', {
    env: {
      '*': { MODELS_DIR: folder },
      registry: { CANARY_CHECK_SECONDS: '0.5' },
      evaluator: { EVALUATOR_POLL_MS: '200' },
      'serving-1': { EXPLORATION_RATE: String(EXPLORATION) },
      'serving-2': { EXPLORATION_RATE: String(EXPLORATION) },
    },
  });

  async function json<T>(schema: z.ZodType<T>, ...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await stack().cli(...args, '--json');
    if (code !== 0) throw new Error(`ratchet ${args.join(' ')} exited with ${code}: ${stdout}${stderr}`);
    return schema.parse(JSON.parse(stdout));
  }
  const status = (): Promise<ModelStatus> => json(ModelStatus, 'status');
  const canary = async () => (await json(CanaryStatus, 'canary', 'status')).canary;
  /** Once the model is at rest with this version, by the word of every instance. */
  const atRestWith = (version: string): Promise<ModelStatus> =>
    until(
      `both instances to be at rest with ${version}`,
      async () => {
        const now = await status();
        const served = now.instances.map((instance) => instance.version);
        if (now.deployment === null && now.live?.version === version && served.every((each) => each === version))
          return now;
        throw new Error(
          `live ${now.live?.version}, served ${served.join(' and ')}, ${now.deployment?.state ?? 'at rest'}`,
        );
      },
      PATIENT,
    );
  /** Every share of the tasks that was ever asked of the instances. */
  const shares: DesiredState[] = [];
  const followShares = async (): Promise<void> => {
    const consumer = stack().kafka.consumer({ groupId: 'shares' });
    await consumer.connect();
    await consumer.subscribe({ topic: 'model.canary-advanced', fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message }) => {
        shares.push(DesiredState.parse(JSON.parse(String(message.value))));
      },
    });
  };
  const deployments = async (): Promise<Deployment[]> =>
    (
      await stack().query<{ record: Deployment }>(
        'select record from registry.deployments order by started_at, generation',
      )
    ).map(({ record }) => record);
  const percentsOf = (deployment: Deployment | undefined): number[] =>
    (deployment?.steps ?? []).map(({ percent }) => percent);

  let engine: SampleEngine | null = null;
  /** The version that learnt from the world after the change. */
  let healed = '';

  it('has two versions, the second brought live through the steps of a canary by an operator', async () => {
    await followShares();
    const history = await stack().engine('--seed', '1', '--total', '2500');
    await history.finished();
    await atRestWith('v1.0.0');
    engine = await stack().engine('--seed', '2', ...RATE);
    await until('new outcomes to learn from', async () => (await status()).dataset_rows > 3500, PATIENT);
    await stack().cli('retrain', '--wait', '--no-auto-deploy');
    const deployed = await stack().cli('deploy', '--version', 'v1.1.0', '--force', '--reason', 'a second version');
    expect(deployed.stdout).toContain('canary');
    expect(await canary()).toMatchObject({ version: 'v1.1.0', live_version: 'v1.0.0' });
    while ((await status()).live?.version !== 'v1.1.0') {
      const before = (await canary())?.percent ?? 100;
      const advanced = await stack().cli('canary', 'advance', '--reason', 'in a hurry', '--json');
      // It may have moved by itself meanwhile.
      if (advanced.code === 0)
        expect(CanaryAccepted.parse(JSON.parse(advanced.stdout)).percent).toBeGreaterThan(before);
    }
    await atRestWith('v1.1.0');
    expect(percentsOf((await deployments()).at(-1))).toEqual([10, 25, 50, 100]);
    expect(shares.map(({ canary: of }) => of?.percent)).toEqual([10, 25, 50]);
  }, 900_000);

  it('scores a shadow on the same tasks without serving it', async () => {
    await json(ShadowStatus, 'shadow', 'start', '--version', 'v1.0.0', '--reason', 'to compare');
    const shadow = await until(
      'outcomes of tasks the shadow was scored on',
      async () => {
        const { shadow: found } = await json(ShadowStatus, 'shadow', 'status');
        return found !== null && found.tasks > 200 ? found : null;
      },
      PATIENT,
    );
    expect(shadow).toMatchObject({ version: 'v1.0.0', live_version: 'v1.1.0' });
    expect(shadow.agreement).toBeGreaterThan(0.2);
    expect(shadow.agreed.outcomes).toBeLessThan(shadow.tasks);
    expect(shadow.agreed.failures).toBeGreaterThan(0);
    const [served] = await stack().query<{ count: string }>(
      `select count(*) from feedback.training_rows r join feedback.judged_predictions p using (prediction_id)
       where p.role = 'shadow'`,
    );
    expect(served?.count).toBe('0');
  }, 900_000);

  it('logs what it tries out with the probability it was tried with', async () => {
    const rows = await stack().query<{ propensity: number; rows: string }>(
      `select propensity, count(*) as rows from feedback.training_rows where propensity is not null group by 1 order by 1`,
    );
    expect(rows.map(({ propensity }) => propensity)).toEqual([EXPLORATION / 4, 1 - EXPLORATION + EXPLORATION / 4]);
  });

  it('finds the drop, goes back on all instances and alerts, retrains, and brings what it learnt live by canary', async () => {
    await engine?.child.stop();
    define('* * * * *');
    engine = await stack().engine('--seed', '3', ...RATE, '--drift-at', '500');
    const rollback = await until(
      'an automatic rollback',
      async () => (await deployments()).find(({ trigger, kind }) => trigger === 'accuracy-drop' && kind === 'rollback'),
      PATIENT,
    );
    expect(rollback).toMatchObject({ from_version: 'v1.1.0', to_version: 'v1.0.0', actor: 'monitor' });
    const [drop] = await stack().query<{ live: number; reference: number }>(
      `select live, reference from evaluation.episodes where version = 'v1.1.0' order by detected_at limit 1`,
    );
    expect(drop?.live).toBeLessThan((drop?.reference ?? 0) - 0.1);
    const alerts = await stack().query<{ detail: string }>(
      `select detail from registry.alerts where alert = 'accuracy-drop' and detail like 'v1.1.0%'`,
    );
    expect(alerts).not.toEqual([]);
    const done = await until(
      'both instances to have gone back',
      async () =>
        (await deployments()).find((each) => each.deployment_id === rollback.deployment_id && each.finished_at),
      PATIENT,
    );
    expect(done.instances.map(({ instance, state }) => `${instance} ${state}`)).toEqual([
      'serving-1 activated',
      'serving-2 activated',
    ]);

    // Nothing older knows the new world: what is live now is worse than always giving the same answer, and says so.
    const [instance] = (await status()).instances;
    const answer = await until(
      'answers that say they are degraded',
      async () => {
        const response = await fetch(`${instance?.url}/v1/decide`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ task_id: 'by-hand', features: { da: 50 } }),
        });
        const decided = DecideResponse.parse(await response.json());
        return decided.degraded ? decided : null;
      },
      PATIENT,
    );
    expect(answer.model_version).toBe('v1.0.0');
    expect(answer.confidence).toBeLessThan(0.5);

    const recovery = await until(
      'a version that learnt from the new outcomes to be live',
      async () =>
        (await deployments()).find(
          ({ trigger, state, started_at }) =>
            trigger === 'gate' && state === 'done' && started_at > rollback.started_at,
        ),
      { ...PATIENT, deadlineMs: 1_200_000 },
    );
    // What passes on the rows since the drop goes live at once; where evidence lacks, its trial begins with the largest step.
    expect([[], [50, 100]]).toContainEqual(percentsOf(recovery));
    for (const { actor, reason } of recovery.steps?.slice(1) ?? []) {
      expect(actor).toBe('canary');
      expect(reason).toMatch(/fail|success/);
    }
    healed = recovery.to_version;
    await until('nothing to be degraded any more', async () => (await status()).degraded === null, PATIENT);
    const [judged] = await stack().query<{ event: ModelEvaluated }>(
      'select event from registry.evaluations where model = $1 and version = $2',
      [MODEL, healed],
    );
    expect(['pass', 'inconclusive']).toContain(judged?.event.gate.verdict);
    const audit = await stack().query<{ action: string; actor: string }>(
      'select action, actor from registry.audit where at >= $1::timestamptz order by sequence',
      [rollback.started_at],
    );
    expect(
      audit
        .map(({ actor }) => actor)
        .filter((actor) => !['monitor', 'gate', 'canary', 'schedule', 'registry'].includes(actor)),
    ).toEqual([]);
    const versions = await json(z.array(VersionSummary), 'list');
    expect(versions.find(({ version }) => version === 'v1.1.0')?.state).toBe('rolled-back');
  }, 2_400_000);

  it('takes back a canary that is worse at its first step', async () => {
    // Of so many outcomes a worse version cannot look no worse by luck.
    define('', 100);
    // While the drop is open, trainings go on and may bring another version at any moment.
    await until(
      'a canary to be accepted between two trainings',
      async () => {
        if ((await status()).deployment !== null) return false;
        const told = await stack().cli('deploy', '--version', 'v1.1.0', '--force', '--reason', 'of the old world');
        return told.stdout.includes('v1.1.0 is a canary now');
      },
      PATIENT,
    );
    const ended = await until(
      'the canary to be taken back',
      async () => {
        const last = (await deployments()).findLast(({ to_version }) => to_version === 'v1.1.0');
        return last?.finished_at ? last : null;
      },
      PATIENT,
    );
    expect(ended).toMatchObject({ state: 'failed' });
    expect(ended.failure).toMatch(/fails more often than the live version|live accuracy/);
    expect(percentsOf(ended)).toEqual([10]);
    const asked = shares.filter(({ deployment_id }) => deployment_id === ended.deployment_id);
    expect(asked.map(({ canary: of }) => of?.percent)).toEqual([10]);
    const before = (await deployments()).filter(
      ({ state, started_at }) => state === 'done' && started_at < ended.started_at,
    );
    expect(ended.from_version).toBe(before.at(-1)?.to_version);
    expect((await status()).live?.version).not.toBe('v1.1.0');
    expect((await stack().cli('audit', '--verify')).code).toBe(0);
  }, 900_000);
});
