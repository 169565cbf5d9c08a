import { describe, expect, it } from 'vitest';
import type { AlertChannel, ChannelTest } from '#contracts/http/alerts';
import { invoke } from '../../testing/invoke.js';
import { useServer } from '../../testing/use-server.js';

const { against } = useServer();

const slack: ChannelTest = { channel: 'slack', place: 'hooks.slack.com', delivered: true, problem: null };
const mail: ChannelTest = {
  channel: 'mail',
  place: 'ops@example.org by mail.example.org:587',
  delivered: false,
  problem: 'Invalid login: 535',
};
const channel: AlertChannel = {
  channel: 'slack',
  place: 'hooks.slack.com',
  waiting: 2,
  problem: 'answered 404: no_service',
  delivered_at: '2026-01-04T09:00:00.000Z',
};

describe('alerts test', () => {
  it('says that every channel took it', async () => {
    const result = await invoke(['alerts', 'test'], await against({ 'POST /v1/alerts/test': [slack] }));
    expect(result.code).toBe(0);
    expect(result.stdout).toMatch(/slack +hooks\.slack\.com +delivered/);
    expect(result.stdout).toContain('1 channel took it.');
  });

  it('exits 1 and says which did not, and why', async () => {
    const result = await invoke(['alerts', 'test'], await against({ 'POST /v1/alerts/test': [slack, mail] }));
    expect(result.code).toBe(1);
    expect(result.stdout).toContain('Invalid login: 535');
    expect(result.stdout).toContain('1 of 2 channels did not take it.');
  });

  it('exits 1 where nobody would be told, and says what to set', async () => {
    const result = await invoke(['alerts', 'test'], await against({ 'POST /v1/alerts/test': [] }));
    expect(result.code).toBe(1);
    expect(result.stdout).toContain('ALERT_SLACK_URL');
  });
});

describe('alerts channels', () => {
  it('shows what waits and why', async () => {
    const env = await against({ 'GET /v1/alerts/channels': [channel] });
    const result = await invoke(['alerts', 'channels', '--utc'], env);
    expect(result.stdout).toMatch(/slack +hooks\.slack\.com +2 +2026-01-04 09:00/);
    expect(result.stdout).toContain('answered 404: no_service');
    expect(result.stdout).toContain('See whether it arrives: ratchet alerts test');
  });
});
