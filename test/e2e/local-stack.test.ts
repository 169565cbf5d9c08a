import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRunning, processStart } from '../../deploy/local/processes/process-identity.js';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { until } from '../../deploy/local/until.js';
import { useStack } from '../stack/use-stack.js';

describe('Kafka and Postgres of the embedded stack', () => {
  const stack = useStack('local-stack', { services: [], infrastructure: 'own' });

  it('keep what they hold over SIGKILL', async () => {
    const { kafka } = stack();
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({ topic: 'automation.outcomes', acks: -1, messages: [{ key: 'k', value: '{"kept":true}' }] });
    await producer.disconnect();
    await stack().query('CREATE TABLE kept (n int)');
    await stack().query('INSERT INTO kept VALUES (7)');

    await Promise.all([stack().crash('kafka'), stack().crash('postgres')]);

    const rows = await until('a query after the restart', () => stack().query<{ n: number }>('SELECT n FROM kept'));
    expect(rows).toEqual([{ n: 7 }]);
    const consumer = kafka.consumer({ groupId: 'kept' });
    await consumer.connect();
    await consumer.subscribe({ topic: 'automation.outcomes', fromBeginning: true });
    const value = await new Promise<string>((resolve, reject) => {
      consumer.run({ eachMessage: async ({ message }) => resolve(String(message.value)) }).catch(reject);
    });
    await consumer.disconnect();
    expect(value).toBe('{"kept":true}');
  });

  it('take an event of 5 MB', async () => {
    const producer = stack().kafka.producer();
    await producer.connect();
    const value = JSON.stringify({ padding: 'x'.repeat(5 * 1024 * 1024) });
    const [sent] = await producer.send({ topic: 'automation.outcomes', acks: -1, messages: [{ key: 'large', value }] });
    await producer.disconnect();
    expect(sent?.errorCode).toBe(0);
  });

  it('create no topic that the table does not name', async () => {
    const producer = stack().kafka.producer({ retry: { retries: 0 } });
    await producer.connect();
    await expect(producer.send({ topic: 'automation.outcome', messages: [{ value: 'x' }] })).rejects.toThrow();
    await producer.disconnect();
  });
});

describe('the guardian', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ratchet-guardian-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('leaves no process behind when the parent is ended by SIGKILL', async () => {
    const pidFile = join(folder, 'pids');
    const program = `
      import { writeFileSync } from 'node:fs';
      import { launch } from ${JSON.stringify(join(REPOSITORY, 'dist/deploy/local/processes/child.js'))};
      import { Ledger } from ${JSON.stringify(join(REPOSITORY, 'dist/deploy/local/processes/ledger.js'))};
      import { postGuardian } from ${JSON.stringify(join(REPOSITORY, 'dist/deploy/local/processes/guardian.js'))};
      const ledger = new Ledger(${JSON.stringify(join(folder, 'ledger.json'))});
      postGuardian(ledger.file);
      // One that stops when asked, and one that ignores the request and has a child of its own.
      const scripts = ['setInterval(() => {}, 1000)', 'process.on("SIGTERM", () => {}); require("child_process").spawn("sleep", ["1000"]); setInterval(() => {}, 1000)'];
      const pids = [];
      for (const script of scripts) {
        const child = await launch({ name: 'child', command: process.execPath, args: ['-e', script], env: process.env,
          logFile: ${JSON.stringify(join(folder, 'log'))}, tier: 'service', graceMs: 500, ledger });
        pids.push(child.pid);
      }
      writeFileSync(${JSON.stringify(pidFile)}, JSON.stringify(pids));
      setInterval(() => {}, 1000);
    `;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' });
    await until('the children to be there', () => existsSync(pidFile) && readFileSync(pidFile, 'utf8').endsWith(']'));
    const pids: unknown = JSON.parse(readFileSync(pidFile, 'utf8'));
    if (!Array.isArray(pids)) throw new Error('expected a list of pids');
    const children = pids.map(Number).map((pid) => ({ pid, started: processStart(pid) ?? 'gone' }));
    expect(children.map(isRunning)).toEqual([true, true]);
    parent.kill('SIGKILL');
    await until('the children to be gone', () => children.every((child) => !isRunning(child)), { deadlineMs: 30_000 });
    await until('the ledger to be gone', () => !existsSync(join(folder, 'ledger.json')), { deadlineMs: 30_000 });
  });
});
