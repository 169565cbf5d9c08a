import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { RegistryConfig } from '../../config.js';
import { links, now, resolved, told } from '../news.fixture.js';
import { testNews } from '../news.js';
import { problemOf, secretsOf } from './channel.js';
import { slackMessage } from './slack.js';
import { openChannels } from './table.js';
import { teamsMessage } from './teams.js';

const ENVIRONMENT = {
  KAFKA_BROKERS: '127.0.0.1:9092',
  DATABASE_URL: 'postgres://ratchet@127.0.0.1/ratchet',
  ARTIFACTS_URL: 'file:///artifacts',
};
const channelsOf = (env: Record<string, string>) => openChannels(RegistryConfig.parse({ ...ENVIRONMENT, ...env }));

let server: Server | undefined;
afterEach(() => server?.close());

/** A server that answers like this, and its address. */
function answering(status: number, text: string): Promise<string> {
  server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(status).end(text));
  });
  const listening = server;
  return new Promise((resolve) => {
    listening.listen(0, '127.0.0.1', () => {
      const address = listening.address();
      resolve(typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '');
    });
  });
}

describe('channels', () => {
  it('are those that are configured, and say where they lead without what is secret', () => {
    expect(channelsOf({})).toEqual([]);
    const all = channelsOf({
      ALERT_SLACK_URL: 'https://hooks.slack.com/services/T0000/B0000/AbCdEfGhIjKl',
      ALERT_TEAMS_URL: 'https://prod-1.westeurope.logic.azure.com/workflows/w0rkfl0w/triggers/manual?sig=s1gn4tur3',
      ALERT_SMTP_URL: 'smtps://ratchet:pa%24%24word@mail.example.org',
      ALERT_MAIL_FROM: 'Ratchet <ratchet@example.org>',
      ALERT_MAIL_TO: 'ops@example.org, ada@example.org',
      ALERT_WEBHOOK_URL: 'https://chat.example.org/hooks/t0k3n-of-it',
      ALERTMANAGER_URL: 'http://alertmanager:9093',
    });
    expect(all.map(({ name, place }) => [name, place])).toEqual([
      ['slack', 'hooks.slack.com'],
      ['teams', 'prod-1.westeurope.logic.azure.com'],
      ['mail', 'ops@example.org, ada@example.org by mail.example.org:465'],
      ['webhook', 'chat.example.org'],
      ['alertmanager', 'alertmanager:9093'],
    ]);
  });

  it.each([
    [{ ALERT_SMTP_URL: 'smtp://mail.example.org' }, 'ALERT_MAIL_FROM'],
    [{ ALERT_SMTP_URL: 'smtp://mail.example.org', ALERT_MAIL_FROM: 'a@b' }, 'ALERT_MAIL_TO'],
    [{ ALERT_MAIL_TO: 'ops@example.org, nobody' }, 'ALERT_MAIL_TO'],
    [{ ALERT_SMTP_URL: 'https://mail.example.org', ALERT_MAIL_FROM: 'a@b', ALERT_MAIL_TO: 'a@b' }, 'ALERT_SMTP_URL'],
  ])('%o is refused for %s', (env, name) => {
    const parsed = RegistryConfig.safeParse({ ...ENVIRONMENT, ...env });
    expect(parsed.error?.issues.map(({ path }) => path[0])).toEqual([name]);
  });

  it('never say what is secret in why they failed', async () => {
    const url = await answering(404, 'no_service: /services/T0000/B0000/AbCdEfGhIjKl has no team AbCdEfGhIjKl');
    const [slack] = channelsOf({ ALERT_SLACK_URL: `${url}/services/T0000/B0000/AbCdEfGhIjKl` });
    const error: unknown = await slack?.send(told()).then(
      () => null,
      (reason: unknown) => reason,
    );
    const problem = slack === undefined ? '' : problemOf(error, slack);
    expect(problem).toContain('answered 404: no_service');
    expect(problem).not.toContain('AbCdEfGhIjKl');
  });

  it('say why a server cannot be reached', async () => {
    const url = await answering(200, '');
    await new Promise((closed) => server?.close(closed));
    const [teams] = channelsOf({ ALERT_TEAMS_URL: `${url}/workflows/s3cret-path` });
    const error: unknown = await teams?.send(told()).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(teams === undefined ? '' : problemOf(error, teams)).toContain('ECONNREFUSED');
  });

  it('take every part of an address that may be a token for secret', () => {
    const address = 'https://u:pw@host.example.org/a/longer-token?sig=abcdefgh';
    const hidden = problemOf(new Error(`${address} longer-token sig=abcdefgh pw`), { secrets: secretsOf(address) });
    expect(hidden).toBe('… … … …');
  });
});

describe('Slack', () => {
  it('is told by a header, what happened, the command that helps and links, with its three characters escaped', () => {
    const { text, blocks } = slackMessage(told());
    expect(text).toContain('v1.2.0 sees &lt;other&gt; inputs &amp; more');
    expect(JSON.stringify(blocks)).toContain('`ratchet status --model churn`');
    expect(JSON.stringify(blocks)).toContain('<https://ratchet.example.org/#/churn|Open the console>');
    expect(blocks.map(({ type }) => type)).toEqual(['header', 'section', 'section', 'context']);
  });

  it('is told nothing longer than it takes', () => {
    const { blocks } = slackMessage(told({ model: 'm'.repeat(300), detail: '<'.repeat(5000) }));
    const [header, section] = blocks;
    expect(header?.text?.text.length).toBeLessThanOrEqual(150);
    expect(section?.text?.text.length).toBeLessThanOrEqual(3000);
  });

  it('tells end and test apart from a beginning', () => {
    expect(slackMessage(told(resolved)).text).toMatch(/^:large_green_circle: Resolved: /);
    expect(slackMessage(testNews('1', 'ada', now, links)).text).toMatch(/^:bell: Test: /);
  });
});

describe('Teams', () => {
  const card = (notice: Parameters<typeof told>[0] = {}) => teamsMessage(told(notice)).attachments[0]?.content;

  it('is told by one card with links as buttons', () => {
    const message = teamsMessage(told());
    expect(message.type).toBe('message');
    expect(message.attachments.map(({ contentType }) => contentType)).toEqual([
      'application/vnd.microsoft.card.adaptive',
    ]);
    expect(card()?.actions).toEqual([
      { type: 'Action.OpenUrl', title: 'Open the console', url: 'https://ratchet.example.org/#/churn' },
      { type: 'Action.OpenUrl', title: 'What to do', url: 'https://wiki.example.org/ratchet/data-drift.md' },
    ]);
    expect(JSON.stringify(card())).toContain('ratchet status --model churn');
  });

  it('shows what was reported as it was, not as Markdown', () => {
    expect(JSON.stringify(card({ detail: '*not* [a](link)' }))).toContain(
      JSON.stringify('\\*not\\* \\[a\\](link)').slice(1, -1),
    );
  });

  it('is green at the end', () => {
    expect(card(resolved)?.body[0]).toMatchObject({ color: 'Good' });
    expect(card()?.body[0]).toMatchObject({ color: 'Warning' });
    expect(card({ alert: 'deployment-failed' })?.body[0]).toMatchObject({ color: 'Attention' });
  });
});
