import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { RELEASE } from '#platform/release';
import { invoke } from '../../apps/cli/testing/invoke.js';
import { freePorts } from '../../deploy/local/ports.js';
import { testKafka } from '../stack/infrastructure.js';
import { TestS3 } from '../stack/s3.js';
import type { TestStack } from '../stack/stack.js';

const Findings = z.array(
  z.object({ check: z.string(), state: z.string(), detail: z.string(), next: z.string().nullable() }),
);

/** What a case sets up, and what the doctor must find: which check, the cause, and what to do about it. */
interface Case {
  readonly name: string;
  readonly env: () => Record<string, string> | Promise<Record<string, string>>;
  readonly check: string;
  readonly cause: RegExp;
  readonly next: RegExp;
}

/**
 * `ratchet doctor` against a stack with a live version: first as it is, then with one setting wrong at a time, then with
 * the stack itself damaged. It must be the last to use the stack.
 */
export function describeDoctor(stack: () => TestStack): void {
  const folder = mkdtempSync(join(tmpdir(), 'ratchet-doctor-'));
  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  let deadPort: number;
  let astrayPort: number;
  let s3: TestS3;

  async function examine(env: Record<string, string> = {}, release = RELEASE) {
    const all = { RATCHET_HOME: stack().home, ...env };
    const { stdout } = await invoke(['doctor', '--json'], all, folder, release);
    return Findings.parse(JSON.parse(stdout));
  }
  /** The doctor's findings that are not good, as "check: cause → next". */
  const complaints = (findings: z.infer<typeof Findings>): string[] =>
    findings
      .filter(({ state }) => state === 'failed' || state === 'warning')
      .map(({ check, detail, next }) => `${check}: ${detail} → ${next}`);

  const databaseUrl = (change: (url: URL) => void): string => {
    const url = new URL(stack().databaseUrl);
    change(url);
    return url.href;
  };
  const s3Env = (more: Record<string, string>) => ({
    ARTIFACTS_URL: `s3://${TestS3.bucket}/models`,
    S3_ACCESS_KEY: TestS3.accessKey,
    S3_SECRET_KEY: TestS3.secretKey,
    S3_ENDPOINT: `http://127.0.0.1:${s3.port}`,
    ...more,
  });

  const CASES: Case[] = [
    {
      name: 'no broker',
      env: () => ({ KAFKA_BROKERS: `127.0.0.1:${deadPort}` }),
      check: 'kafka',
      cause: /ECONNREFUSED/,
      next: /Is the broker running/,
    },
    {
      name: 'a broker that sends its clients astray',
      env: async () => ({ KAFKA_BROKERS: `127.0.0.1:${astrayPort}` }),
      check: 'kafka',
      cause: /answers, but sends its clients to 127\.0\.0\.1:\d+, which cannot be reached/,
      next: /advertised\.listeners/,
    },
    {
      name: 'brokers without a port',
      env: () => ({ KAFKA_BROKERS: 'kafka' }),
      check: 'kafka',
      cause: /KAFKA_BROKERS: expected host:port/,
      next: /Correct the variable/,
    },
    {
      name: 'TLS towards a plain listener',
      env: () => ({ KAFKA_TLS: 'true' }),
      check: 'kafka',
      cause: /KAFKA_TLS is true|does not speak TLS|closed/,
      next: /KAFKA_TLS/,
    },
    {
      name: 'no database server',
      env: () => ({ DATABASE_URL: databaseUrl((url) => (url.port = String(deadPort))) }),
      check: 'database',
      cause: /ECONNREFUSED/,
      next: /is PostgreSQL running/,
    },
    {
      name: 'a wrong password',
      env: () => ({ DATABASE_URL: databaseUrl((url) => (url.password = 'wrong')) }),
      check: 'database',
      cause: /password authentication failed/,
      next: /Check user and password in DATABASE_URL/,
    },
    {
      name: 'a database that is not there',
      env: () => ({ DATABASE_URL: databaseUrl((url) => (url.pathname = '/nowhere')) }),
      check: 'database',
      cause: /"nowhere" does not exist/,
      next: /create it/,
    },
    {
      name: 'a database without tables',
      env: async () => {
        await stack().query('CREATE DATABASE bare');
        return { DATABASE_URL: databaseUrl((url) => (url.pathname = '/bare')) };
      },
      check: 'database',
      cause: /Not run yet, of this release: \d+ migrations/,
      next: /migrate\.js/,
    },
    {
      name: 'a folder of artifacts that is not there',
      env: () => ({ ARTIFACTS_URL: `file://${folder}/nothing` }),
      check: 'artifact store',
      cause: /nothing is not there/,
      next: /ARTIFACTS_URL/,
    },
    {
      name: 'artifacts in a file',
      env: () => ({ ARTIFACTS_URL: `file://${file('a-file', '')}` }),
      check: 'artifact store',
      cause: /is a file, not a folder/,
      next: /may write to/,
    },
    {
      name: 'somebody else’s artifacts',
      env: () => ({ ARTIFACTS_URL: `file://${folder}` }),
      check: 'artifact store',
      cause: /does not hold the live version's package/,
      next: /Is this the store the services use/,
    },
    {
      name: 'no S3 server',
      env: () => s3Env({ S3_ENDPOINT: `http://127.0.0.1:${deadPort}` }),
      check: 'artifact store',
      cause: /ECONNREFUSED|S3_ENDPOINT/,
      next: /S3_ENDPOINT/,
    },
    {
      name: 'a wrong S3 key',
      env: () => s3Env({ S3_SECRET_KEY: 'wrong' }),
      check: 'artifact store',
      cause: /S3_ACCESS_KEY|S3_SECRET_KEY|SignatureDoesNotMatch|denied/,
      next: /S3 keys/,
    },
    {
      name: 'a definition that is wrong',
      env: () => {
        const models = mkdtempSync(join(folder, 'models-'));
        writeFileSync(join(models, 'demo.yaml'), 'name: demo\nkind: multi-class\n');
        return { MODELS_DIR: models };
      },
      check: 'model definitions',
      cause: /demo\.yaml:1:/,
      next: /Correct the file/,
    },
    {
      name: 'a native library that is not there',
      env: () => ({ XGBOOST_LIBRARY: '/nowhere/libxgboost.so' }),
      check: 'library xgboost',
      cause: /XGBOOST_LIBRARY names \/nowhere\/libxgboost\.so, which does not exist/,
      next: /npm start/,
    },
    {
      name: 'a native library that is none',
      env: () => ({ XGBOOST_LIBRARY: file('libxgboost.so', 'not a library') }),
      check: 'library xgboost',
      cause: /cannot be loaded/,
      next: /built for this processor/,
    },
    {
      name: 'a wrong token',
      env: () => ({ RATCHET_TOKEN: 'nobody knows this one' }),
      check: 'token',
      cause: /token/i,
      next: /token/i,
    },
    {
      name: 'no token',
      env: () => ({ RATCHET_HOME: mkdtempSync(join(folder, 'home-')), RATCHET_URL: stack().urls.registry }),
      check: 'token',
      cause: /token/i,
      next: /RATCHET_TOKEN|token/,
    },
    {
      name: 'no registry',
      env: () => ({ RATCHET_URL: `http://127.0.0.1:${deadPort}` }),
      check: 'service registry',
      cause: /ECONNREFUSED/,
      next: /Is registry running/,
    },
    {
      name: 'another server where the registry should be',
      env: () => ({ RATCHET_URL: `http://127.0.0.1:${s3.port}` }),
      check: 'service registry',
      cause: /Something else answers/,
      next: /another program/,
    },
  ];

  describe('ratchet doctor', () => {
    let stopAstray: () => Promise<void>;
    beforeAll(async () => {
      const [dead = 0, port = 0, astray = 0] = await freePorts(3);
      [deadPort, astrayPort] = [dead, astray];
      const [kafka, server] = await Promise.all([
        testKafka({
          port,
          listeners: [`ASTRAY://127.0.0.1:${astray}`],
          settings: {
            'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},ASTRAY://127.0.0.1:${dead}`,
            'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,ASTRAY:PLAINTEXT',
          },
        }),
        TestS3.start(),
      ]);
      stopAstray = kafka.stop;
      s3 = server;
    });
    afterAll(async () => {
      await Promise.all([stopAstray?.(), s3?.stop()]);
      rmSync(folder, { recursive: true });
    });

    it('has nothing to complain of while all is well', async () => {
      const findings = await examine();
      expect(complaints(findings)).toEqual([]);
      expect(findings.filter(({ state }) => state === 'skipped')).toEqual([]);
      for (const { check } of CASES) expect(findings.map((finding) => finding.check)).toContain(check);
    });

    it.each(CASES)('names $name', async ({ env, check, cause, next }) => {
      const found = (await examine(await env())).find((finding) => finding.check === check && finding.state !== 'ok');
      expect(found).toMatchObject({
        state: 'failed',
        detail: expect.stringMatching(cause),
        next: expect.stringMatching(next),
      });
    });

    it('names services of another release', async () => {
      expect(complaints(await examine({}, '9.9.9'))).toEqual(
        expect.arrayContaining([
          expect.stringMatching(
            /^service trainer: Ready at .* of release .*; this command is 9\.9\.9\. → Run one release/,
          ),
          expect.stringMatching(/^release: This command is 9\.9\.9, the registry /),
        ]),
      );
    });

    it('names a token that others may read', async () => {
      chmodSync(join(stack().home, 'token'), 0o644);
      const found = complaints(await examine());
      chmodSync(join(stack().home, 'token'), 0o600);
      expect(found).toEqual([expect.stringMatching(/^token file: .*mode 644.* → chmod 600/)]);
    });

    it('names topics that are missing, too small, or forget', async () => {
      const admin = stack().kafka.admin();
      await admin.connect();
      await admin.deleteTopics({ topics: ['shadow.outcomes', 'data.drift-detected'] });
      // kafkajs' own wait for leaders gives up when a broker has not heard of the topic yet.
      await admin.createTopics({ topics: [{ topic: 'shadow.outcomes', numPartitions: 1 }], waitForLeaders: false });
      await expect.poll(() => admin.fetchTopicOffsets('shadow.outcomes').catch(() => [])).toHaveLength(1);
      await admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: 2, name: 'model.promoted', configEntries: [{ name: 'cleanup.policy', value: 'delete' }] }],
      });
      await admin.disconnect();
      expect(complaints(await examine())).toEqual(
        expect.arrayContaining([
          expect.stringMatching(/^topics: Missing: data\.drift-detected\. → Create them: .*create-topics\.js/),
          expect.stringMatching(/^topic shadow\.outcomes: It has 1 partitions, expected \d+\. → /),
          expect.stringMatching(/^topic model\.promoted: cleanup\.policy is "delete", expected "compact"\. → /),
        ]),
      );
    });

    it('names services that are down', async () => {
      await Promise.all([stack().halt('evaluator'), stack().halt('serving-2')]);
      expect(complaints(await examine())).toEqual(
        expect.arrayContaining([
          expect.stringMatching(/^service evaluator: Does not answer at .*ECONNREFUSED.* → Is evaluator running/),
          expect.stringMatching(/^service serving-2: Does not answer at .*ECONNREFUSED.* → Is serving-2 running/),
        ]),
      );
    });
  });
}
