import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { DecideResponse } from '#contracts/http/serving';
import { createLogger } from '#platform/logging';
import { executedAction, hasDrifted, tasksDue } from './engine.js';
import { readFlags } from './flags.js';
import { DecisionClient } from './outside/decision-client.js';
import { drawTask } from './simulation/task.js';

const decision: DecideResponse = {
  prediction_id: '00000000-0000-4000-8000-000000000001',
  model: 'backlink-outcome',
  model_version: 'v1.0.0',
  generation: 1,
  role: 'live',
  decision: 'profile',
  confidence: 0.7,
  probabilities: { profile: 0.7 },
  propensity: 1,
};

describe('flags', () => {
  it('have sensible values when none is given', () => {
    const { seed, ...flags } = readFlags([]);
    expect(Number.isInteger(seed)).toBe(true);
    expect(flags).toEqual({
      rate: 20,
      total: null,
      burst: null,
      historyDays: 28,
      driftAt: null,
      follow: 0.85,
      truth: 'friendly',
      serving: ['http://127.0.0.1:7410', 'http://127.0.0.1:7411'],
    });
  });

  it('choose whom to follow, and in which world', () => {
    expect(readFlags(['--follow', '1', '--truth', 'rare-success'])).toMatchObject({ follow: 1, truth: 'rare-success' });
  });

  it.each([
    ['5000', { tasks: 5000 }],
    ['300s', { seconds: 300 }],
    ['5m', { seconds: 300 }],
  ])('--drift-at %s', (text, expected) => {
    expect(readFlags(['--drift-at', text]).driftAt).toEqual(expected);
  });

  it('take several serving instances', () => {
    expect(readFlags(['--serving', 'http://a:1', '--serving', 'http://b:2']).serving).toEqual([
      'http://a:1',
      'http://b:2',
    ]);
  });
});

describe('hasDrifted', () => {
  it.each([
    [null, 1e9, 1e9, false],
    [{ tasks: 100 }, 99, 0, false],
    [{ tasks: 100 }, 100, 0, true],
    [{ seconds: 60 }, 0, 59.9, false],
    [{ seconds: 60 }, 0, 60, true],
  ])('%j at task %d and second %d: %s', (driftAt, tasks, seconds, expected) => {
    expect(hasDrifted(driftAt, tasks, seconds)).toBe(expected);
  });
});

describe('tasksDue', () => {
  it.each([
    [20, 0, null, 2500, 2500],
    [20, 1.99, null, 2500, 2539],
    [20, 100, 3000, 2500, 3000],
    [0.5, 3, null, 0, 1],
  ])('at %d/s after %d s, total %s, burst %d: %d', (rate, seconds, total, burst, expected) => {
    expect(tasksDue(rate, seconds, total, burst)).toBe(expected);
  });
});

describe('executedAction', () => {
  const task = { ...drawTask(1, 1), own: 'guest' as const };
  it.each([
    ['the decision', { ...task, shadow: false }, decision, 'profile'],
    ['its own in a shadow comparison', { ...task, shadow: true }, decision, 'guest'],
    ['its own without an answer', { ...task, shadow: false }, null, 'guest'],
    ['its own when it does not know the action', { ...task, shadow: false }, { ...decision, decision: 'fly' }, 'guest'],
  ])('is %s', (_, each, answer, expected) => {
    expect(executedAction(each, answer)).toBe(expected);
  });
});

describe('DecisionClient', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });
  async function instance(listener: RequestListener): Promise<string> {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return `http://127.0.0.1:${address.port}`;
  }
  const client = (...urls: string[]): DecisionClient =>
    new DecisionClient({ urls, token: undefined, logger: createLogger('test', 'silent') });
  const site = { url: 'https://a.example.org/' };

  it('asks the instances in turn', async () => {
    const asked = [0, 0];
    const urls = await Promise.all(
      asked.map((_, i) =>
        instance((_request, response) => {
          asked[i] = (asked[i] ?? 0) + 1;
          response.end(JSON.stringify(decision));
        }),
      ),
    );
    const both = client(...urls);
    for (let i = 0; i < 6; i++) expect(await both.decide('t', site)).toEqual(decision);
    expect(asked).toEqual([3, 3]);
  });

  it('goes on to the next one when the first refuses, answers nonsense, or is not there', async () => {
    const good = await instance((_request, response) => response.end(JSON.stringify(decision)));
    const busy = await instance((_request, response) => response.writeHead(503).end('no model yet'));
    const nonsense = await instance((_request, response) => response.end('{"decision":7}'));
    for (const bad of [busy, nonsense, 'http://127.0.0.1:1'])
      expect(await client(bad, good).decide('t', site)).toEqual(decision);
  });

  it('answers null when nobody does', async () => {
    const busy = await instance((_request, response) => response.writeHead(503).end());
    expect(await client(busy, 'http://127.0.0.1:1').decide('t', site)).toBeNull();
  });
});
