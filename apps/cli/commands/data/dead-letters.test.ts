import { describe, expect, it } from 'vitest';
import type { DeadLetterDetail, DeadLetterGroup } from '#contracts/http/feedback';
import { invoke } from '../../testing/invoke.js';
import { useServer } from '../../testing/use-server.js';

const { against, posted, received } = useServer();

const id = '3f2a81c0-0000-4000-8000-000000000001';
const value = '{"task_id":1,"action_attempted":"dance"}';
const group: DeadLetterGroup = {
  reason: 'unknown-action',
  topic: 'automation.outcomes',
  waiting: 1200,
  replayed: 3,
  first_at: '2026-01-04T08:00:00Z',
  last_at: '2026-01-04T09:00:00Z',
  example: { id, field: 'action_attempted', detail: 'expected one of comment, profile', value },
};
const letter: DeadLetterDetail = {
  id,
  reason: 'unknown-action',
  field: 'action_attempted',
  detail: 'expected one of comment, profile',
  source: { topic: 'automation.outcomes', partition: 2, offset: '417' },
  key: '1',
  value_base64: Buffer.from(value).toString('base64'),
  value_bytes: value.length,
  received_at: '2026-01-04T09:00:00Z',
  headers: { ce_id: 'e-1' },
  raw_headers: [],
  consumer: null,
  stack: null,
  replayed_at: null,
  replays: 0,
};
const listed = { 'GET /v1/dead-letters': [group] };

describe('dlq search', () => {
  const { reason, field, detail, source, key, received_at, replayed_at } = letter;
  const found = { id, reason, field, detail, source, key, excerpt: value, received_at, replayed_at };

  it('shows each message that holds the text, with the id to look at it by', async () => {
    const env = await against({ 'GET /v1/dead-letters/search': [found] });
    const result = await invoke(['dlq', 'search', 'dance & more', '--topic', 'automation.outcomes'], env);
    expect(received()[0]?.url).toBe('/v1/dead-letters/search?text=dance+%26+more&topic=automation.outcomes&limit=20');
    expect(result.stdout).toContain(id);
    expect(result.stdout).toContain('unknown-action');
  });

  it('says so where none does', async () => {
    const result = await invoke(['dlq', 'search', 'x'], await against({ 'GET /v1/dead-letters/search': [] }));
    expect(result.stdout).toBe('No refused message holds it. See all: ratchet dlq list\n');
  });
});

describe('dlq list', () => {
  it('shows how many wait, why, and an example', async () => {
    const result = await invoke(['dlq', 'list', '--topic', 'automation.outcomes'], await against(listed));
    expect(received()[0]?.url).toBe('/v1/dead-letters?topic=automation.outcomes');
    expect(result.stdout).toMatch(
      /1,200 +3 +unknown-action +automation\.outcomes .* 3f2a81c0 +action_attempted: expec/,
    );
  });

  it('says when there is nothing', async () => {
    const result = await invoke(['dlq', 'list'], await against({ 'GET /v1/dead-letters': [] }));
    expect(result.stdout).toBe('No message has been refused.\n');
  });

  it('knows the reasons there are', async () => {
    const result = await invoke(['dlq', 'list', '--reason', 'bad'], await against(listed));
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('not-json');
  });
});

describe('dlq show', () => {
  it('finds an example by the beginning of its id', async () => {
    const result = await invoke(
      ['dlq', 'show', '3f2a81c0'],
      await against({ ...listed, [`GET /v1/dead-letters/${id}`]: letter }),
    );
    expect(result.code).toBe(0);
    expect(result.stdout).toContain('automation.outcomes, partition 2, offset 417');
    expect(result.stdout).toContain('  "action_attempted": "dance"');
  });

  it('--raw writes the bytes alone', async () => {
    const env = await against({ [`GET /v1/dead-letters/${id}`]: letter });
    expect(await invoke(['dlq', 'show', id, '--raw'], env)).toMatchObject({ code: 0, stdout: value, stderr: '' });
  });
});

describe('dlq replay', () => {
  const replayed = (n: number) => against({ ...listed, 'POST /v1/dead-letters/replay': { replayed: n } });

  it.each([
    [[], {}],
    [['--reason', 'unknown-action'], { reason: 'unknown-action' }],
    [['--topic', 'shadow.outcomes'], { topic: 'shadow.outcomes' }],
    [['3f2a'], { ids: [id] }],
  ])('%j sends %j', async (args, body) => {
    const result = await invoke(['dlq', 'replay', ...args], await replayed(7));
    expect(result.code).toBe(0);
    expect(posted('/v1/dead-letters/replay')).toEqual([body]);
    expect(result.stdout).toContain('7 messages sent again');
  });

  it('says that nothing waits', async () => {
    expect((await invoke(['dlq', 'replay'], await replayed(0))).stdout).toContain('Nothing was sent');
  });

  it('passes on why it was done', async () => {
    await invoke(['dlq', 'replay', id, '--why', 'the codec is mended'], await replayed(1));
    expect(posted('/v1/dead-letters/replay')).toEqual([{ ids: [id], why: 'the codec is mended' }]);
  });

  it.each([
    [1, 'it was sent again before, and no longer waits.'],
    [2, 'they were sent again before, and no longer wait.'],
  ])('says of %i that were sent again before that they were', async (before, told) => {
    const env = await against({ 'POST /v1/dead-letters/replay': { replayed: 0, sent_before: before } });
    const { stdout } = await invoke(['dlq', 'replay', id], env);
    expect(stdout).toContain(`Nothing was sent: ${told}`);
    expect(stdout).toContain('ratchet dlq list');
  });
});

describe('dlq drop', () => {
  it('asks which, where nothing is named, before anything is sent', async () => {
    const result = await invoke(['dlq', 'drop', '--why', 'tired'], await against(listed));
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('See which there are: ratchet dlq list');
    expect(received()).toEqual([]);
  });

  it('says where it is recorded', async () => {
    const env = await against({ 'POST /v1/dead-letters/drop': { dropped: 2 } });
    const result = await invoke(['dlq', 'drop', '--reason', 'not-json'], env);
    expect(result.stdout).toBe('2 messages dropped. Who did it, and why: ratchet audit\n');
  });
});
