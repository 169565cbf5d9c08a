import { beforeAll, describe, expect, it } from 'vitest';
import { TokenCreated } from '#contracts/http/access';
import { AuditRecord, AuditVerification } from '#contracts/http/audit';
import { ModelStatus } from '#contracts/http/models';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { RawProducer } from '#kafka/produce/raw-producer';
import { until } from '../../deploy/local/until.js';
import { useStack } from '../stack/use-stack.js';
import { RegistryClient } from './registry-client.js';

const PATIENCE = { deadlineMs: 150_000, everyMs: 500 };

// Each test goes on where the one before it stopped.
describe('messages that were refused', () => {
  const stack = useStack('refused-messages', { services: ['registry', 'feedback-ingest'] });
  let ada = '';
  let ids: string[] = [];

  const registry = () => new RegistryClient(stack().urls.registry, stack().token);
  const openAlerts = async () =>
    (await registry().get(ModelStatus, `/v1/models/${DEFAULT_MODEL}`)).alerts.map(({ alert }) => alert);
  const said = async (...typed: string[]) => {
    const { code, stdout, stderr } = await stack().cliAs(ada, ...typed);
    return { code, text: `${stdout}${stderr}` };
  };
  const decisions = async () =>
    (await registry().get(AuditRecord.array(), '/v1/audit?limit=100')).filter(({ action }) =>
      action.startsWith('dead-letters.'),
    );

  beforeAll(async () => {
    const { body } = await registry().request('POST', '/v1/tokens', { name: 'ada', role: 'operator' });
    ada = TokenCreated.parse(body).token;
    const raw = new RawProducer(stack().kafka);
    for (const value of ['not json', '{"task_id":7,"action_attempted":"fly","result":"success"}', 'nor this'])
      await raw.send('automation.outcomes', [{ key: null, value: Buffer.from(value), headers: {} }]);
    await raw.disconnect();
    await until('all to be refused', async () => {
      const rows = await stack().query<{ id: string }>('select id from feedback.dead_letters order by "offset"');
      ids = rows.map(({ id }) => id);
      return ids.length === 3;
    });
  });

  it('are told of where one looks: how many, since when, of what, and what to type', async () => {
    await until('the alert', async () => (await openAlerts()).includes('feedback-refused'), PATIENCE);
    for (const command of ['status', 'doctor']) {
      const { text } = await said(command);
      expect(text, command).toMatch(
        /3 refused messages wait since \d{4}-\d\d-\d\d \d\d:\d\d UTC: 2 of automation\.outcomes/,
      );
      expect(text, command).toContain('ratchet dlq list');
    }
    const listed = await said('dlq', 'list');
    expect(listed.text).toMatch(/ratchet dlq show [0-9a-f]{8}/);
    expect(listed.text).toContain('ratchet dlq replay --topic automation.outcomes --reason');
  });

  it('are sent again once, and the audit log says who did it, which and why', async () => {
    const [first = ''] = ids;
    const sent = await said('dlq', 'replay', first, '--why', 'the codec is mended');
    expect(sent.text).toContain('1 message sent again.');
    const [record] = await until('the record', async () => {
      const found = await decisions();
      return found.length > 0 ? found : null;
    });
    expect(record).toMatchObject({
      actor: 'ada',
      action: 'dead-letters.replayed',
      model: null,
      reason: 'the codec is mended',
      after: { letters: 1, ids: [first], asked: { ids: [first] } },
    });
    const again = await said('dlq', 'replay', first);
    expect(again.text).toContain('it was sent again before, and no longer waits.');
    expect(again.text).toContain('ratchet dlq list');
    expect((await said('dlq', 'drop', first)).text).toContain('Nothing was dropped: it was sent again before');
    expect(await decisions()).toHaveLength(1);
  });

  it('are not dropped without a word about which, and dropped with a record', async () => {
    const nothing = await said('dlq', 'drop');
    expect(nothing.code).toBe(2);
    expect(nothing.text).toContain('ids, --reason or --topic');
    expect(nothing.text).toContain('ratchet dlq list');
    const overHttp = await fetch(`${stack().urls.registry}/v1/dead-letters/drop`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ada}`, 'content-type': 'application/json' },
      body: JSON.stringify({ why: 'no reason' }),
    });
    expect(overHttp.status).toBe(400);
    expect(await overHttp.text()).toContain('ratchet dlq list');
    // What was sent again is refused again.
    await until('it to be there again', async () =>
      (await said('dlq', 'list', '--json')).text.includes('"waiting": 2'),
    );
    const dropped = await said('dlq', 'drop', '--topic', 'automation.outcomes');
    expect(dropped.text).toContain('3 messages dropped.');
    const [record] = await until('the record', async () => {
      const found = await decisions();
      return found.length === 2 ? found : null;
    });
    expect(record).toMatchObject({
      actor: 'ada',
      action: 'dead-letters.dropped',
      reason: 'of automation.outcomes',
      after: { letters: 3, asked: { topic: 'automation.outcomes' } },
    });
    await until('the alert to end', async () => !(await openAlerts()).includes('feedback-refused'), PATIENCE);
    expect(await registry().get(AuditVerification, '/v1/audit/verify')).toMatchObject({ intact: true });
  });

  it('and that nobody takes feedback in is told as well, until somebody does', async () => {
    stack().kill('feedback-ingest', 'SIGSTOP');
    try {
      await until('the alert', async () => (await openAlerts()).includes('feedback-stopped'), PATIENCE);
      for (const command of ['status', 'doctor']) {
        const { text } = await said(command);
        expect(text, command).toContain('feedback-ingest has given no sign of life since');
        expect(text, command).toContain('ratchet doctor');
      }
    } finally {
      stack().kill('feedback-ingest', 'SIGCONT');
    }
    await until('the alert to end', async () => !(await openAlerts()).includes('feedback-stopped'), PATIENCE);
  });
});
