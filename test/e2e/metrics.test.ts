import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { Admin } from 'kafkajs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { ModelStatus } from '#contracts/http/models';
import { Run } from '#contracts/http/runs';
import { VersionSummary } from '#contracts/http/versions';
import { DEFAULT_MODEL } from '#contracts/primitives';
import type { Topic } from '#contracts/topics';
import { ConfigResourceTypes } from '#kafka/client/kafkajs';
import { EventProducer } from '#kafka/produce/producer';
import { applyTopics } from '#kafka/topics/topics';
import { GRAFANA_RULES } from '../../deploy/grafana/alerts.js';
import { BOARDS } from '../../deploy/grafana/boards.js';
import { freePort } from '../../deploy/local/ports.js';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { until } from '../../deploy/local/until.js';
import { seriesIn } from '../../deploy/prometheus/inventory.js';
import { titled } from '../stack/requirement.js';
import { useStack } from '../stack/use-stack.js';
import { FakeInstance } from './fake-instance.js';
import { PROMETHEUS, TestPrometheus } from './prometheus.js';
import { RegistryClient } from './registry-client.js';

/** Where the registry sends its alerts, and what it is answered there. */
const webhook = { port: await freePort(), answer: 200 };
const receiver = createServer((request, response) => {
  request.resume().on('end', () => response.writeHead(webhook.answer).end());
}).listen(webhook.port, '127.0.0.1');
afterAll(() => receiver.close());

const stack = useStack('metrics', {
  infrastructure: 'own',
  env: {
    registry: {
      PRESENCE_SECONDS: '3',
      ACKNOWLEDGEMENT_DEADLINE_SECONDS: '20',
      ALERT_WEBHOOK_URL: `http://127.0.0.1:${webhook.port}/`,
    },
    'feedback-ingest': { DATASET_CHECK_SECONDS: '1' },
    trainer: { LIGHTGBM_LIBRARY: '/nowhere/lib_lightgbm.so' },
    'serving-1': { PREDICTION_LOG_LIMIT: '20' },
  },
});
const base = `/v1/models/${DEFAULT_MODEL}`;
const rulesFile = readFileSync(join(REPOSITORY, 'deploy/prometheus/rules/ratchet.yaml'), 'utf8');
const Rules = z.object({
  groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string(), expr: z.string() })) })),
});
const rules = Rules.parse(parse(rulesFile)).groups.flatMap((group) => group.rules);
/** A unit test holds them against those of Prometheus; here only their metrics are looked for. */
const grafanaRules = readFileSync(join(REPOSITORY, GRAFANA_RULES), 'utf8');

/** The same rules for a test's patience: shorter waits, smaller numbers, and nothing else. */
function impatient(text: string): string {
  const changes: readonly (readonly [RegExp, string])[] = [
    [/for: \d+[ms]$/gm, 'for: 0s'],
    [/\[1h\]/g, '[10s]'],
    [/\[10m\]/g, '[10s]'],
    [/"staging\|activating"\}\) > 120/g, '"staging|activating"}) > 3'],
    [/ratchet_outbox_oldest_seconds\) > 60/g, 'ratchet_outbox_oldest_seconds) > 3'],
    [/ratchet_loop_late_seconds\) > 180/g, 'ratchet_loop_late_seconds) > 15'],
    [/ratchet_consumer_deaf_seconds\) > 60/g, 'ratchet_consumer_deaf_seconds) > 3'],
    [/ratchet_partition_blocked_seconds\) > 60/g, 'ratchet_partition_blocked_seconds) > 3'],
    [/ratchet_ingest_topic_lag_messages\) > 10000/g, 'ratchet_ingest_topic_lag_messages) > 10'],
  ];
  return changes.reduce((changed, [what, by]) => {
    expect(changed, `the rules no longer say ${what}`).toMatch(what);
    return changed.replace(what, by);
  }, text);
}

const registry = (): RegistryClient => new RegistryClient(stack().urls.registry, stack().token);
const status = () => registry().get(ModelStatus, base);
const versions = () => registry().get(z.array(VersionSummary), `${base}/versions`);

/** Everything all services expose now, as text. */
async function exposed(): Promise<string> {
  const pages = Object.values(stack().urls).map(async (url) => (await fetch(`${url}/metrics`)).text());
  return (await Promise.all(pages)).join('\n');
}

async function send(topic: Topic, value: string): Promise<void> {
  const producer = stack().kafka.producer();
  await producer.connect();
  await producer.send({ topic, messages: [{ key: 'x', value }] });
  await producer.disconnect();
}

const dealtWith = () => stack().query('update feedback.dead_letters set replayed_at = now()');

async function asAdmin(work: (admin: Admin) => Promise<unknown>): Promise<void> {
  const admin = stack().kafka.admin();
  await admin.connect();
  await work(admin).finally(() => admin.disconnect());
}

const topicOf = (name: Topic, configEntries: { name: string; value: string }[]): Promise<void> =>
  asAdmin((admin) =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name, configEntries }],
    }),
  );

async function train(body: Record<string, unknown>, ends: Run['state']): Promise<Run> {
  const reply = await registry().request('POST', `${base}/retrain`, { auto_deploy: false, ...body });
  expect(reply.status).toBe(202);
  const { request_id } = z.object({ request_id: z.string() }).parse(reply.body);
  const run = await until(
    'the run to end',
    async () =>
      (await registry().get(z.array(Run), `/v1/runs?model=${DEFAULT_MODEL}`)).find(
        (each) => each.request_id === request_id && (each.state === 'done' || each.state === 'failed'),
      ),
    { deadlineMs: 300_000, everyMs: 300 },
  );
  expect(run.state, run.failure ?? '').toBe(ends);
  return run;
}

beforeAll(async () => {
  await stack().engine('--total', '2800', '--rate', '100', '--seed', '7');
  await until('a first live version', async () => (await status()).live !== null, {
    deadlineMs: 300_000,
    everyMs: 500,
  });
}, 600_000);

describe('the running system', () => {
  it('exposes every metric that a rule or a dashboard uses', async () => {
    const text = await exposed();
    const used = new Set([
      ...rules.flatMap(({ expr }) => seriesIn(expr)),
      ...seriesIn(grafanaRules),
      ...BOARDS.flatMap(({ panels }) => panels.flatMap(({ queries }) => queries.flatMap(({ expr }) => seriesIn(expr)))),
    ]);
    expect(used.size).toBeGreaterThan(40);
    const metric = (name: string): string => name.replace(/_(bucket|sum|count)$/, '');
    const missing = [...used].filter((name) => !new RegExp(`^# TYPE (${name}|${metric(name)}) `, 'm').test(text));
    expect(missing).toEqual([]);
  });

  it('has numbers for every alert before anything is wrong', async () => {
    // These have numbers only while a deployment runs, or while a partition stands still.
    const rare = new Set(['ratchet_deployment_running_seconds', 'ratchet_partition_blocked_seconds']);
    const used = [...new Set(rules.flatMap(({ expr }) => seriesIn(expr)))].filter((name) => !rare.has(name));
    await until(
      'all series',
      async () => {
        const text = await exposed();
        const silent = used.filter((name) => !new RegExp(`^${name}(\\{| )`, 'm').test(text));
        if (silent.length === 0) return true;
        throw new Error(`no numbers of ${silent.join(', ')}`);
      },
      { deadlineMs: 120_000, everyMs: 500 },
    );
  });
});

describe.skipIf(PROMETHEUS.program === null)(titled('a real Prometheus', PROMETHEUS), () => {
  let prometheus: TestPrometheus;
  beforeAll(async () => {
    const { urls } = stack();
    prometheus = await TestPrometheus.start(
      {
        'ratchet-registry': [urls.registry],
        'ratchet-serving': stack().serving,
        'ratchet-feedback-ingest': [urls['feedback-ingest']],
        'ratchet-trainer': [urls.trainer],
        'ratchet-evaluator': [urls.evaluator],
      },
      impatient(rulesFile),
    );
  });
  afterAll(async () => {
    await prometheus?.stop();
  });
  const patience = 600_000;

  it('sees a message that is refused, until it is dealt with', { timeout: patience }, async () => {
    await send('automation.outcomes', 'no JSON');
    await prometheus.fires('RatchetDeadLetters');
    await dealtWith();
    await prometheus.resolves('RatchetDeadLetters');
  });

  it('sees a message that no service can read, and an event that no broker takes', { timeout: patience }, async () => {
    await send('training.requested', 'no JSON');
    await prometheus.fires('RatchetMessagesParked');
    await topicOf('training.failed', [{ name: 'max.message.bytes', value: '1000' }]);
    await stack().query(
      `insert into training.outbox (id, topic, event) select id, 'training.failed', json_build_object('run_id', id, 'request_id', id,
         'model', $1::text, 'stage', 'train', 'reason', $2::text, 'remedy', 'none', 'failed_at', '2026-01-04T09:12:31Z')
       from gen_random_uuid() id`,
      [DEFAULT_MODEL, randomBytes(100_000).toString('base64')],
    );
    await prometheus.fires('RatchetOutboxParked');
    await topicOf('training.failed', []);
    await dealtWith();
    await prometheus.resolves('RatchetMessagesParked', 'RatchetOutboxParked');
  });

  it('sees a partition that stands still, and goes on', { timeout: patience }, async () => {
    await stack().query('alter table feedback.events rename to events_elsewhere');
    await (await stack().engine('--total', '20', '--rate', '100', '--seed', '10')).finished();
    await prometheus.fires('RatchetPartitionBlocked');
    await stack().query('alter table feedback.events_elsewhere rename to events');
    await prometheus.resolves('RatchetPartitionBlocked');
  });

  it('sees an instance that hears nothing, and hears again', { timeout: patience }, async () => {
    const deaf = await new FakeInstance(stack().kafka, 'deaf').start();
    await deaf.turnDeaf();
    await prometheus.fires('RatchetInstanceDeaf');
    await deaf.hearAgain();
    await prometheus.resolves('RatchetInstanceDeaf');
    await deaf.stop();
  });

  it('sees messages pile up while Postgres does not let ingest write', { timeout: patience }, async () => {
    const client = new pg.Client({ connectionString: stack().databaseUrl });
    await client.connect();
    try {
      await client.query('begin; lock table feedback.offsets in exclusive mode');
      await (await stack().engine('--total', '60', '--rate', '100', '--seed', '8')).finished();
      await prometheus.fires('RatchetIngestLag');
      await client.query('rollback');
    } finally {
      await client.end();
    }
    await prometheus.resolves('RatchetIngestLag');
  });

  it('sees rows go, and come back', { timeout: patience }, async () => {
    await stack().query('create table lost as select * from feedback.tasks order by task_id limit 200');
    await stack().query('delete from feedback.tasks t using lost l where t.model = l.model and t.task_id = l.task_id');
    await prometheus.fires('RatchetDatasetShrunk');
    await stack().query('insert into feedback.tasks select * from lost; drop table lost');
    await prometheus.resolves('RatchetDatasetShrunk');
  });

  it('sees a frozen instance, and its return', { timeout: patience }, async () => {
    stack().kill('serving-2', 'SIGSTOP');
    await prometheus.fires('RatchetInstanceMissing', 'RatchetServiceDown');
    stack().kill('serving-2', 'SIGCONT');
    await prometheus.resolves('RatchetInstanceMissing', 'RatchetServiceDown');
  });

  it('sees training fail, and succeed', { timeout: patience }, async () => {
    await train({ model_type: 'lightgbm' }, 'failed');
    await prometheus.fires('RatchetRetrainingFailed');
    await train({ model_type: 'xgboost' }, 'done');
    await prometheus.resolves('RatchetRetrainingFailed');
  });

  it('sees accuracy drop when the world changes, alerts that nobody takes, an instance that does not follow, and a deployment that is stuck and fails', {
    timeout: 2 * patience,
  }, async () => {
    webhook.answer = 503;
    const before = (await status()).live?.version;
    assert(before, 'a version is live');
    const producer = new EventProducer({ kafka: stack().kafka, source: 'test', logger: stack().logger });
    await producer.publish('data.drift-detected', {
      model: DEFAULT_MODEL,
      version: before,
      features: [{ feature: 'domain_authority', psi: 0.4, p_value: null, missing_rate_change: 0 }],
      rows: 1000,
      detected_at: new Date().toISOString(),
    });
    await producer.disconnect();
    const engine = await stack().engine('--rate', '60', '--drift-at', '1', '--seed', '9');
    await prometheus.fires('RatchetAccuracyDrop', 'RatchetRegistryAlert', 'RatchetAlertsNotDelivered');
    await engine.child.stop();
    webhook.answer = 200;
    await prometheus.resolves('RatchetAlertsNotDelivered');

    const lazy = new FakeInstance(stack().kafka, 'lazy');
    lazy.behaviour = { kind: 'silent' };
    await lazy.start();
    await prometheus.fires('RatchetInstanceBehind');

    const live = (await status()).live?.version;
    const other = (await versions()).find(({ version }) => version !== live)?.version;
    assert(other, 'the run above left a version that is not live');
    const change = { version: other, reason: 'the world has changed', force: true };
    // What has learnt from the new world by itself may be a canary by now, and without decisions it would stay one.
    const deploy = () =>
      until('the deploy to be taken', async () => {
        await registry().request('POST', `${base}/canary/abort`, { reason: 'another one is wanted' });
        return (await registry().request('POST', `${base}/deploy`, change)).status === 202;
      });
    await deploy();
    await prometheus.fires('RatchetDeploymentStuck', 'RatchetDeploymentFailed');
    await lazy.stop();
    await prometheus.resolves('RatchetInstanceBehind', 'RatchetDeploymentStuck');

    await deploy();
    await prometheus.resolves('RatchetDeploymentFailed', 'RatchetAccuracyDrop', 'RatchetRegistryAlert');
  });

  it('sees that nothing gets into Kafka', { timeout: patience }, async () => {
    await stack().halt('kafka');
    const asked = registry().request('POST', `${base}/retrain`, { auto_deploy: false });
    const decide = (task: number) =>
      fetch(`${stack().urls['serving-1']}/v1/decide`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ task_id: `outage-${task}`, site: { url: 'https://forum.example.org/t/1' } }),
      });
    for (let task = 0; task < 200; task++) expect((await decide(task)).status).toBe(200);
    const names = ['RatchetLoopLate', 'RatchetPredictionsNotLogged', 'RatchetOutboxStuck', 'RatchetConsumerDeaf'];
    await prometheus.fires(...names);
    await stack().resume('kafka');
    await asked;
    await prometheus.resolves(...names);
  });

  it('sees that a topic is another one', { timeout: patience }, async () => {
    const topic = 'shadow.outcomes';
    await asAdmin(async (admin) => {
      await admin.deleteTopics({ topics: [topic] });
      await until('the topic to be gone', async () => !(await admin.listTopics()).includes(topic));
    });
    await until('the topic to be made anew', () => applyTopics(stack().kafka));
    await prometheus.fires('RatchetTopicRemade');
    await prometheus.resolves('RatchetTopicRemade');
  });

  it('has seen every rule fire and resolve', () => {
    expect(rules.map(({ alert }) => alert).filter((alert) => !prometheus.resolved.has(alert))).toEqual([]);
  });
});
