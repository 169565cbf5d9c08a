import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '#database/data-source';
import { createKafka, type Kafka } from '#kafka/client/connection';
import { applyTopics } from '#kafka/topics/topics';
import { createLogger } from '#platform/logging';
import { freePort } from '../../deploy/local/ports.js';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { serviceEnv } from '../../deploy/local/stack/services.js';
import { until } from '../../deploy/local/until.js';
import { borrowDatabase, borrowKafka } from '../stack/shared/borrow.js';

const loans: { stop(): Promise<void> }[] = [];
let home: string;
let brokers: string;
let databaseUrl: string;
let kafka: Kafka;

interface Started {
  readonly app: string;
  readonly url: string;
  /** What it has printed so far. */
  said: string;
  code: number | null;
  stop(): void;
}

async function start(app: string): Promise<Started> {
  const port = await freePort();
  const child = spawn(process.execPath, [join(REPOSITORY, 'dist/apps', app, 'main.js')], {
    env: serviceEnv({ home, brokers, databaseUrl }, app, port),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const started: Started = {
    app,
    url: `http://127.0.0.1:${port}`,
    said: '',
    code: null,
    stop: () => void child.kill('SIGKILL'),
  };
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      started.said += text;
    });
  child.once('exit', (code) => {
    started.code = code ?? -1;
  });
  return started;
}

beforeAll(async () => {
  const [lentKafka, lentDatabase] = await Promise.all([borrowKafka(), borrowDatabase('empty')]);
  loans.push(lentKafka, lentDatabase);
  brokers = lentKafka.brokers;
  databaseUrl = lentDatabase.url;
  home = await mkdtemp(join(tmpdir(), 'ratchet-first-start-'));
  kafka = createKafka({ KAFKA_BROKERS: [brokers], KAFKA_TLS: false }, 'test', createLogger('test', 'silent'));
});

afterAll(async () => {
  for (const loan of loans) await loan.stop();
  await rm(home, { recursive: true, force: true });
});

describe('services that are started before the first migration and without topics', () => {
  it('say in a sentence what to run, and start by themselves once it has run', async () => {
    const services = await Promise.all(['registry', 'feedback-ingest', 'trainer', 'evaluator'].map(start));
    try {
      for (const service of services)
        await until(`${service.app} to say what is missing`, () => {
          expect(service.code).toBeNull();
          return /the database lacks \d+ migrations of this release: run node dist\/libs\/database\/migrate\.js/.test(
            service.said,
          );
        });
      await migrate(databaseUrl);
      await applyTopics(kafka);
      for (const service of services) {
        await until(`${service.app} to be ready`, async () => {
          expect(service.code).toBeNull();
          return (await fetch(`${service.url}/health/ready`)).ok;
        });
        expect(service.said).not.toContain('QueryFailedError');
      }
    } finally {
      for (const service of services) service.stop();
    }
  });
});
