import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ALERTS } from '#contracts/alerts';
import { alertmanagerAlert, FORGOTTEN_MS, type Notice, webhookBody } from './notice.js';

const now = new Date('2026-01-04T10:00:00.000Z');
const firing: Notice = {
  id: '7',
  alert: 'data-drift',
  model: 'backlink-outcome',
  since: new Date('2026-01-04T09:00:00.000Z'),
  detail: 'v1.2.0 sees other inputs',
  resolved_at: null,
  status: 'firing',
};
const resolved: Notice = { ...firing, resolved_at: now, status: 'resolved' };

describe('news of an alert', () => {
  it('has another id for its end than for its beginning, and the same when told again', () => {
    expect(webhookBody(firing, 'docs/').id).toBe('7-firing');
    expect(webhookBody({ ...firing }, 'docs/').id).toBe('7-firing');
    expect(webhookBody(resolved, 'docs/').id).toBe('7-resolved');
  });

  it('reads in a chat and links its runbook', () => {
    expect(webhookBody(firing, 'https://wiki.example.org/ratchet/')).toMatchObject({
      status: 'firing',
      resolved_at: null,
      runbook_url: 'https://wiki.example.org/ratchet/data-drift.md',
      text: 'Alert: Inputs no longer look like the training data (backlink-outcome). v1.2.0 sees other inputs',
    });
    expect(webhookBody(resolved, '').text).toMatch(/^Resolved: /);
  });

  it('says nothing is over that came back before it was told', () => {
    expect(webhookBody({ ...firing, resolved_at: now }, '').resolved_at).toBeNull();
  });

  it('lasts in Alertmanager until it is told again, or ends when it ended', () => {
    expect(alertmanagerAlert(firing, '', now)).toMatchObject({
      labels: { alertname: 'RatchetDataDrift', model: 'backlink-outcome', severity: 'warning', source: 'registry' },
      startsAt: '2026-01-04T09:00:00.000Z',
      endsAt: new Date(now.getTime() + FORGOTTEN_MS).toISOString(),
    });
    expect(alertmanagerAlert(resolved, '', now).endsAt).toBe('2026-01-04T10:00:00.000Z');
  });

  it('never ends when it begins, which Alertmanager would refuse', () => {
    const { startsAt, endsAt } = alertmanagerAlert({ ...resolved, resolved_at: resolved.since }, '', now);
    expect(Date.parse(endsAt)).toBeGreaterThan(Date.parse(startsAt));
  });

  it.each(Object.entries(ALERTS))('%s has a runbook', (_name, { runbook }) => {
    expect(existsSync(fileURLToPath(new URL(`../../../docs/operations/${runbook}`, import.meta.url)))).toBe(true);
  });
});
