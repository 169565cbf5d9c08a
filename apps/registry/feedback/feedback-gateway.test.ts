import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RegistryConfig } from '../config.js';
import { FeedbackGateway } from './feedback-gateway.js';

let home: string;
let ingest: FastifyInstance;
let address: string;
let asked: unknown[];

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'ratchet-gateway-'));
  ingest = fastify();
  asked = [];
  ingest.get('/v1/dead-letters', ({ headers, query }) => {
    asked.push({ asked: headers.authorization, query });
    return [];
  });
  ingest.post('/v1/dead-letters/replay', ({ body }, reply) =>
    reply.code(409).send({ type: 'about:blank', title: 'Conflict', status: 409, detail: 'Not now.', echo: body }),
  );
  ingest.get('/v1/metrics/feedback', (_request, reply) => reply.code(500).send('a stack trace'));
  address = await ingest.listen({ host: '127.0.0.1', port: 0 });
});

afterEach(async () => {
  await ingest.close();
  rmSync(home, { recursive: true });
});

function gateway(ingestUrl?: string): FeedbackGateway {
  const config = RegistryConfig.parse({
    KAFKA_BROKERS: '127.0.0.1:1',
    DATABASE_URL: 'postgres://x@127.0.0.1:1/x',
    ARTIFACTS_URL: 'file:///tmp/x',
    RATCHET_HOME: home,
    ...(ingestUrl && { RATCHET_INGEST_URL: ingestUrl }),
  });
  return new FeedbackGateway(config);
}

describe('FeedbackGateway', () => {
  it('asks with the token of whoever asked', async () => {
    const client = await gateway(address).as('Bearer abc');
    expect(await client.call('listDeadLetters', { query: { reason: 'not-json' } })).toEqual([]);
    expect(asked).toEqual([{ asked: 'Bearer abc', query: { reason: 'not-json' } }]);
  });

  it('finds feedback-ingest where npm start says it is', async () => {
    const stack = { registry: 'http://127.0.0.1:1', feedback_ingest: address, serving: ['http://127.0.0.1:2'] };
    writeFileSync(join(home, 'stack.json'), JSON.stringify(stack));
    await (await gateway().as('Bearer abc')).call('listDeadLetters');
    expect(asked).toMatchObject([{ asked: 'Bearer abc' }]);
  });

  it('passes problems on', async () => {
    const client = await gateway(address).as('Bearer abc');
    await expect(client.call('replayDeadLetters', { body: {} })).rejects.toMatchObject({
      status: 409,
      title: 'Conflict',
      detail: 'Not now.',
    });
  });

  it('hides what is no problem document behind a 502', async () => {
    const client = await gateway(address).as('Bearer abc');
    await expect(client.call('readFeedbackSources')).rejects.toMatchObject({
      status: 502,
      detail: expect.not.stringContaining('stack trace'),
    });
  });

  it('says that nothing answers, and what to set', async () => {
    await ingest.close();
    const client = await gateway(address).as('Bearer abc');
    await expect(client.call('listDeadLetters')).rejects.toMatchObject({
      status: 502,
      detail: expect.stringContaining('RATCHET_INGEST_URL'),
    });
  });
});
