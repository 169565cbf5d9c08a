import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ALERTS } from '#contracts/alerts';
import { alertmanagerAlert, FORGOTTEN_MS } from './channels/alertmanager.js';
import { webhookBody } from './channels/webhook.js';
import { firing, links, now, resolved, told } from './news.fixture.js';
import { headline, linksOf, newsOf, testNews } from './news.js';

describe('news of an alert', () => {
  it('has another id for its end than for its beginning, and the same when told again', () => {
    expect(told().id).toBe('7-firing');
    expect(told({ detail: 'the newest' }).id).toBe('7-firing');
    expect(told(resolved)).toMatchObject({ id: '7-resolved', firingId: '7-firing' });
  });

  it('links its model in the console and its runbook, and has the command that helps', () => {
    expect(told()).toMatchObject({
      consoleUrl: 'https://ratchet.example.org/#/churn',
      runbookUrl: 'https://wiki.example.org/ratchet/data-drift.md',
      help: { command: 'ratchet status --model churn' },
    });
    expect(linksOf(told()).map(({ url }) => url)).toEqual([
      'https://ratchet.example.org/#/churn',
      'https://wiki.example.org/ratchet/data-drift.md',
    ]);
    expect(linksOf(newsOf(firing, { console: null, runbooks: 'docs/operations/' }))).toEqual([]);
  });

  it('says nothing is over that came back before it was told', () => {
    expect(told({ resolved_at: now }).resolvedAt).toBeNull();
  });

  it('tells alerts of a newer release as well as can be', () => {
    expect(headline(told({ alert: 'of-tomorrow' }))).toBe('Alert: The registry calls attention (churn)');
  });

  it('says of a test that it is one, who asked for it, and that nothing is wrong', () => {
    const test = testNews('1', 'ada', now, links);
    expect(headline(test)).toBe('Test: Alerts of Ratchet arrive here');
    expect(test.detail).toBe('ada asked for this test; nothing is wrong.');
  });

  it.each(Object.entries(ALERTS))('%s has a runbook, and a command of the model it is about', (_name, alert) => {
    const page = fileURLToPath(new URL(`../../../docs/operations/${alert.runbook}`, import.meta.url));
    expect(existsSync(page)).toBe(true);
    expect(alert.help.command('churn')).toMatch(/^ratchet (dataset incidents|dlq list|.* --model churn)$/);
  });
});

describe('a webhook', () => {
  it('has a text for chats', () => {
    expect(webhookBody(newsOf(firing, { console: null, runbooks: 'docs/' }))).toMatchObject({
      id: '7-firing',
      status: 'firing',
      resolved_at: null,
      runbook_url: 'docs/data-drift.md',
      console_url: null,
      command: 'ratchet status --model churn',
      text: 'Alert: Inputs no longer look like the training data (churn). v1.2.0 sees <other> inputs & more',
    });
    expect(webhookBody(told(resolved))).toMatchObject({
      resolved_at: now.toISOString(),
      text: expect.stringMatching(/^Resolved: /),
    });
  });
});

describe('Alertmanager', () => {
  it('keeps an alert until it is told again, or ends when it ended', () => {
    expect(alertmanagerAlert(told(), now)).toMatchObject({
      labels: { alertname: 'RatchetDataDrift', model: 'churn', severity: 'warning', source: 'registry' },
      startsAt: '2026-01-04T09:00:00.000Z',
      endsAt: new Date(now.getTime() + FORGOTTEN_MS).toISOString(),
      generatorURL: 'https://ratchet.example.org/#/churn',
    });
    expect(alertmanagerAlert(told(resolved), now).endsAt).toBe('2026-01-04T10:00:00.000Z');
  });

  it('is told of no end that comes with the beginning, which it would refuse', () => {
    const { startsAt, endsAt } = alertmanagerAlert(told({ ...resolved, resolved_at: resolved.since }), now);
    expect(Date.parse(endsAt)).toBeGreaterThan(Date.parse(startsAt));
  });
});
