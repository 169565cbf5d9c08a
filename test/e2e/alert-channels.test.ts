import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AlertChannel, ChannelTest } from '#contracts/http/alerts';
import { ModelStatus } from '#contracts/http/models';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { EventProducer } from '#kafka/produce/producer';
import { freePorts } from '../../deploy/local/ports.js';
import { until } from '../../deploy/local/until.js';
import { useStack } from '../stack/use-stack.js';
import { RegistryClient, trained } from './registry-client.js';

/** What stands in the addresses and must not be seen again. */
const SECRETS = { slack: 'XoXbSlackToken', teams: 's1gn4tur3-of-teams', mail: 'pa$$word-of-mail' };
const [slackPort = 0, teamsPort = 0, smtpPort = 0] = await freePorts(3);
const stack = useStack('alert-channels', {
  services: ['registry'],
  env: {
    registry: {
      ALERT_SLACK_URL: `http://127.0.0.1:${slackPort}/services/T000/B000/${SECRETS.slack}`,
      ALERT_TEAMS_URL: `http://127.0.0.1:${teamsPort}/workflows/w1/triggers/manual/paths/invoke?sig=${SECRETS.teams}`,
      ALERT_SMTP_URL: `smtp://ratchet:${encodeURIComponent(SECRETS.mail)}@127.0.0.1:${smtpPort}`,
      ALERT_MAIL_FROM: 'ratchet@example.org',
      ALERT_MAIL_TO: 'ops@example.org, ada@example.org',
      CONSOLE_URL: 'https://ratchet.example.org',
      RUNBOOKS_URL: 'https://runbooks.example.org',
    },
  },
});

/** As Slack takes an incoming webhook: JSON with a text or blocks, each within its bounds; "ok" or a word that says why not. */
const SlackMessage = z.strictObject({
  text: z.string().min(1).max(40_000),
  unfurl_links: z.boolean(),
  blocks: z
    .array(
      z.discriminatedUnion('type', [
        z.strictObject({
          type: z.literal('header'),
          text: z.strictObject({ type: z.literal('plain_text'), text: z.string().min(1).max(150), emoji: z.boolean() }),
        }),
        z.strictObject({
          type: z.literal('section'),
          text: z.strictObject({ type: z.literal('mrkdwn'), text: z.string().min(1).max(3000) }),
        }),
        z.strictObject({
          type: z.literal('context'),
          elements: z.array(z.strictObject({ type: z.literal('mrkdwn'), text: z.string().min(1) })).max(10),
        }),
      ]),
    )
    .max(50),
});
/** As a workflow of Teams takes it: 202 for a message with cards. */
const TeamsMessage = z.object({
  type: z.literal('message'),
  attachments: z
    .array(
      z.object({
        contentType: z.literal('application/vnd.microsoft.card.adaptive'),
        content: z.object({
          type: z.literal('AdaptiveCard'),
          version: z.literal('1.4'),
          body: z.array(z.looseObject({ type: z.enum(['TextBlock', 'FactSet']) })).min(1),
          actions: z.array(z.object({ type: z.literal('Action.OpenUrl'), title: z.string(), url: z.url() })),
        }),
      }),
    )
    .min(1),
});

const heard: Record<'slack' | 'teams' | 'mail', string[]> = { slack: [], teams: [], mail: [] };
/** How often Slack says that it is told too much before it listens. */
let tooMany = 2;
const servers: Server[] = [];
let post: SMTPServer | null = null;
let producer: EventProducer;

async function listen(
  port: number,
  answer: (request: IncomingMessage, body: string) => [number, string],
): Promise<void> {
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const [status, said] = answer(request, body);
      response.writeHead(status).end(said);
    });
  }).listen(port, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
}

async function openPost(): Promise<void> {
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ username = '', password }, _session, done) =>
      username === 'ratchet' && password === SECRETS.mail
        ? done(null, { user: username })
        : done(new Error('who is it?')),
    onData(stream, { envelope }, done) {
      void buffer(stream).then((bytes) => {
        heard.mail.push(`${envelope.rcptTo.map(({ address }) => address).join(' ')}\n${bytes.toString()}`);
        done();
      });
    },
  });
  post = server;
  await new Promise<void>((done) => {
    server.listen(smtpPort, '127.0.0.1', () => done());
  });
}

beforeAll(async () => {
  await listen(slackPort, ({ url }, body) => {
    if (url !== `/services/T000/B000/${SECRETS.slack}`) return [404, 'no_service'];
    if (tooMany-- > 0) return [429, 'rate_limited'];
    const message = SlackMessage.safeParse(JSON.parse(body));
    if (!message.success) return [400, `invalid_blocks ${message.error.message}`];
    heard.slack.push(message.data.text);
    return [200, 'ok'];
  });
  await listen(teamsPort, (_, body) => {
    const message = TeamsMessage.safeParse(JSON.parse(body));
    if (!message.success) return [400, message.error.message];
    heard.teams.push(JSON.stringify(message.data.attachments[0]?.content));
    return [202, ''];
  });
  producer = new EventProducer({ kafka: stack().kafka, source: 'test', logger: stack().logger });
  await producer.publish('model.trained', trained('first'));
});

afterAll(async () => {
  await producer.disconnect();
  for (const server of servers) server.close();
  await new Promise<void>((done) => (post === null ? done() : post.close(done)));
});

const registry = () => new RegistryClient(stack().urls.registry, stack().token);
const alertsOpen = async () => (await registry().get(ModelStatus, `/v1/models/${DEFAULT_MODEL}`)).alerts.length;
const channels = async () => registry().get(z.array(AlertChannel), '/v1/alerts/channels');
const test = async () => {
  const { status, body } = await registry().request('POST', '/v1/alerts/test');
  expect(status).toBe(200);
  return z.array(ChannelTest).parse(body);
};
const everybodyHas = (n: number) =>
  until(`${n} messages everywhere`, async () => Object.values(heard).every((list) => list.length >= n), {
    deadlineMs: 90_000,
  });

describe('Slack, Teams and e-mail', () => {
  it('are told of an alert once, also one that refused it at first and one that was away', async () => {
    await producer.publish('training.failed', {
      run_id: 'f6d1c1a1-5a0e-4a4e-9a8e-3c4f7a9d1b11',
      request_id: 'f6d1c1a1-5a0e-4a4e-9a8e-3c4f7a9d1b12',
      model: DEFAULT_MODEL,
      stage: 'snapshot',
      reason: 'There are <12> rows & no more.',
      remedy: 'Collect more.',
      failed_at: new Date().toISOString(),
    });
    await until('Teams', async () => heard.teams.length === 1);
    const away = await until('word of the server that is away', async () =>
      (await channels()).find(({ channel, problem }) => channel === 'mail' && problem !== null),
    );
    expect(away).toMatchObject({ waiting: 1, delivered_at: null, problem: expect.stringContaining('ECONNREFUSED') });
    await openPost();
    await everybodyHas(1);
    expect(heard.slack[0]).toContain('Alert: Retraining failed (backlink-outcome).');
    expect(heard.slack[0]).toContain('There are &lt;12&gt; rows &amp; no more. Collect more.');
    expect(heard.teams[0]).toContain('https://runbooks.example.org/retraining-failed.md');
    expect(heard.teams[0]).toContain('https://ratchet.example.org/#/backlink-outcome');
    expect(heard.teams[0]).toContain('ratchet runs');
    expect(heard.mail[0]).toMatch(/^ops@example\.org ada@example\.org\n/);
    expect(heard.mail[0]).toContain('Subject: [Ratchet] Alert: Retraining failed (backlink-outcome)');
    expect(heard.mail[0]).toContain('Collect more.');
  });

  it('are told when it is over, once, and not again', async () => {
    await producer.publish('model.trained', trained('second'));
    await until('the end', async () => (await alertsOpen()) === 0);
    await everybodyHas(2);
    expect(heard.slack[1]).toContain('Resolved: Retraining failed');
    expect(heard.teams[1]).toContain('Resolved: Retraining failed');
    expect(heard.mail[1]).toContain('Subject: [Ratchet] Resolved: Retraining failed');
    expect(heard.mail[1]).toContain('In-Reply-To:');
    await until('nothing to wait', async () => (await channels()).every(({ waiting }) => waiting === 0));
    expect(await channels()).toEqual(
      ['slack', 'teams', 'mail'].map((channel) =>
        expect.objectContaining({ channel, problem: null, delivered_at: expect.any(String) }),
      ),
    );
    expect(Object.values(heard).map((list) => list.length)).toEqual([2, 2, 2]);
  });
});

describe('a test of the channels', () => {
  it('arrives everywhere, and says so over HTTP and at the command line', async () => {
    expect(await test()).toEqual([
      { channel: 'slack', place: `127.0.0.1:${slackPort}`, delivered: true, problem: null },
      { channel: 'teams', place: `127.0.0.1:${teamsPort}`, delivered: true, problem: null },
      {
        channel: 'mail',
        place: `ops@example.org, ada@example.org by 127.0.0.1:${smtpPort}`,
        delivered: true,
        problem: null,
      },
    ]);
    expect(heard.mail.at(-1)).toContain('Subject: [Ratchet] Test: Alerts of Ratchet arrive here');
    const printed = await stack().cli('alerts', 'test');
    expect(printed.code).toBe(0);
    expect(printed.stdout).toContain('3 channels took it.');
    expect(heard.slack.at(-1)).toContain('Test: Alerts of Ratchet arrive here');
    expect((await stack().cli('alerts', 'channels')).stdout).toContain('nothing wrong');
  });

  it('says which channel does not take it and why, and exits with 1', async () => {
    tooMany = 2;
    const [slack, ...others] = await test();
    expect(slack).toMatchObject({ channel: 'slack', delivered: false, problem: 'answered 429: rate_limited' });
    expect(others.every(({ delivered }) => delivered)).toBe(true);
    const printed = await stack().cli('alerts', 'test', '--json');
    expect(printed.code).toBe(1);
    expect(JSON.parse(printed.stdout)).toContainEqual(slack);
  });

  it('leaves no trace of what is secret, in answers, in the table and in the log', async () => {
    const folder = join(stack().home, 'logs');
    const logs = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')));
    expect(logs.join('')).toContain('alert not delivered yet');
    const rows = await stack().query('select * from registry.alert_deliveries');
    const seen = [...logs, JSON.stringify(rows), JSON.stringify(await channels()), JSON.stringify(await test())].join();
    for (const secret of Object.values(SECRETS)) {
      expect(seen).not.toContain(secret);
      expect(seen).not.toContain(encodeURIComponent(secret));
    }
  });
});
