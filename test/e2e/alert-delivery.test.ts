import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ModelStatus } from '#contracts/http/models';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { EventProducer } from '#kafka/produce/producer';
import { freePorts } from '../../deploy/local/ports.js';
import { until } from '../../deploy/local/until.js';
import { firstThatStarts, type Requirement, titled } from '../stack/requirement.js';
import { useStack } from '../stack/use-stack.js';
import { RegistryClient, trained } from './registry-client.js';

const ALERTMANAGER: Requirement = {
  name: 'Alertmanager',
  program: firstThatStarts('prometheus-alertmanager', 'alertmanager'),
  remedy: 'on Debian, apt-get install prometheus-alertmanager',
};

const News = z.object({
  id: z.string(),
  status: z.enum(['firing', 'resolved']),
  alert: z.string(),
  model: z.string(),
  detail: z.string(),
  text: z.string(),
});
const [webhookPort = 0, alertmanagerPort = 0] = await freePorts(2);
const stack = useStack('alert-delivery', {
  services: ['registry'],
  env: {
    registry: {
      ALERT_WEBHOOK_URL: `http://127.0.0.1:${webhookPort}/hook`,
      ALERT_WEBHOOK_TOKEN: 'a-token',
      ALERTMANAGER_URL: `http://127.0.0.1:${alertmanagerPort}`,
      RUNBOOKS_URL: 'https://runbooks.example.org',
    },
  },
});

let receiver: Server | null = null;
/** What the webhook answers with. */
let answer = 200;
const heard: (z.infer<typeof News> & { token: string | undefined; answered: number })[] = [];
let producer: EventProducer;
let work: string;

async function listen(): Promise<void> {
  receiver = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const news = News.parse(JSON.parse(Buffer.concat(parts).toString()));
      heard.push({ ...news, token: request.headers.authorization, answered: answer });
      response.writeHead(answer).end();
    });
  }).listen(webhookPort, '127.0.0.1');
  await once(receiver, 'listening');
}

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'ratchet-alerts-'));
  producer = new EventProducer({ kafka: stack().kafka, source: 'test', logger: stack().logger });
  await producer.publish('model.trained', trained('first'));
});

afterAll(async () => {
  await producer.disconnect();
  receiver?.close();
  await rm(work, { recursive: true, force: true });
});

const status = () =>
  new RegistryClient(stack().urls.registry, stack().token).get(ModelStatus, `/v1/models/${DEFAULT_MODEL}`);
const fail = () =>
  producer.publish('training.failed', {
    run_id: 'f6d1c1a1-5a0e-4a4e-9a8e-3c4f7a9d1b11',
    request_id: 'f6d1c1a1-5a0e-4a4e-9a8e-3c4f7a9d1b12',
    model: DEFAULT_MODEL,
    stage: 'snapshot',
    reason: 'There are 12 rows.',
    remedy: 'Collect more.',
    failed_at: new Date().toISOString(),
  });
const succeed = (name: string) => producer.publish('model.trained', trained(name));
const taken = () => heard.filter(({ answered }) => answered < 300).map(({ id, status: news }) => ({ id, news }));

describe('the webhook', () => {
  it('is told of an alert that was raised while it was down, and while it answered with errors', async () => {
    await fail();
    await until('the alert', async () => (await status()).alerts.length === 1);
    const [{ problem = '' } = {}] = await until('an attempt', async () => {
      const rows = await stack().query<{ problem: string }>(
        "select problem from registry.alert_deliveries where target = 'webhook' and attempts > 0",
      );
      return rows.length > 0 ? rows : null;
    });
    expect(problem).toContain('ECONNREFUSED');
    answer = 503;
    await listen();
    await until('a refused attempt', async () => heard.length > 0);
    answer = 204;
    await until('a taken attempt', async () => taken().length > 0, { deadlineMs: 90_000 });
    expect(heard.at(-1)).toMatchObject({
      status: 'firing',
      alert: 'retraining-failed',
      model: DEFAULT_MODEL,
      token: 'Bearer a-token',
      detail: expect.stringContaining('There are 12 rows. Collect more.'),
    });
  });

  it('is told when it is over, once', async () => {
    await succeed('second');
    await until('the end', async () => taken().length >= 2);
    expect(heard.at(-1)).toMatchObject({ status: 'resolved', alert: 'retraining-failed' });
    expect(new Set(taken().map(({ id }) => id)).size).toBe(2);
  });

  it('is told after a crash of the registry what happened before', async () => {
    const before = taken().length;
    answer = 500;
    await fail();
    await until('the alert', async () => (await status()).alerts.length === 1);
    await stack().crash('registry');
    answer = 200;
    await until('the news', async () => taken().length > before, { deadlineMs: 90_000 });
    expect(heard.at(-1)).toMatchObject({ status: 'firing', alert: 'retraining-failed' });
    await succeed('third');
    await until('the end', async () => heard.at(-1)?.status === 'resolved');
  });
});

describe.skipIf(ALERTMANAGER.program === null)(titled('a real Alertmanager', ALERTMANAGER), () => {
  let alertmanager: ChildProcess | null = null;
  const Active = z.array(
    z.object({
      labels: z.record(z.string(), z.string()),
      annotations: z.record(z.string(), z.string()),
      endsAt: z.string(),
      status: z.object({ state: z.string() }),
    }),
  );
  const active = async () => {
    const response = await fetch(`http://127.0.0.1:${alertmanagerPort}/api/v2/alerts`);
    return Active.parse(await response.json());
  };

  afterAll(async () => {
    if (alertmanager === null || alertmanager.exitCode !== null) return;
    alertmanager.kill('SIGTERM');
    await once(alertmanager, 'exit');
  });

  it('has the alert that was raised before it came up, and sees it end', async () => {
    await fail();
    await until('the alert', async () => (await status()).alerts.length === 1);
    const config = join(work, 'alertmanager.yml');
    await writeFile(config, 'route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n');
    alertmanager = spawn(
      ALERTMANAGER.program ?? '',
      [
        `--config.file=${config}`,
        `--storage.path=${join(work, 'data')}`,
        `--web.listen-address=127.0.0.1:${alertmanagerPort}`,
        '--cluster.listen-address=',
      ],
      { stdio: 'ignore' },
    );
    await until('Alertmanager', async () => (await active().catch(() => null)) !== null, { deadlineMs: 60_000 });
    const [alert] = await until('the alert in it', async () => {
      const alerts = await active();
      return alerts.length > 0 ? alerts : null;
    });
    expect(alert).toMatchObject({
      labels: { alertname: 'RatchetRetrainingFailed', model: DEFAULT_MODEL, severity: 'warning', source: 'registry' },
      annotations: { runbook_url: 'https://runbooks.example.org/retraining-failed.md' },
      status: { state: 'active' },
    });
    expect(Date.parse(alert?.endsAt ?? '')).toBeGreaterThan(Date.now());
    await succeed('fourth');
    await until('the end in it', async () => (await active()).length === 0);
  });
});
