import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../deploy/local/ports.js';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { serviceEnv } from '../../deploy/local/stack/services.js';
import { until } from '../../deploy/local/until.js';
import type { TestStack } from './stack.js';

/** One feedback-ingest of a stack, under nobody's supervision, so that a test can do anything to it. */
export class IngestProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /** Starts it and returns at once. */
  static async launch(
    stack: Pick<TestStack, 'home' | 'brokers' | 'databaseUrl'>,
    name: string,
    extra: NodeJS.ProcessEnv = {},
  ): Promise<IngestProcess> {
    const port = await freePort();
    const child = spawn(
      process.execPath,
      ['--enable-source-maps', join(REPOSITORY, 'dist/apps/feedback-ingest/main.js')],
      {
        cwd: REPOSITORY,
        env: serviceEnv(stack, 'feedback-ingest', port, { LOG_LEVEL: 'info', ...extra }),
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const log = createWriteStream(join(stack.home, 'logs', `${name}.log`), { flags: 'a' });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    return new IngestProcess(child, `http://127.0.0.1:${port}`);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  async ready(): Promise<void> {
    await until('feedback-ingest to be ready', async () => (await fetch(`${this.url}/health/ready`)).ok, {
      deadlineMs: 120_000,
      hopeless: () => (this.running ? null : new Error('feedback-ingest ended')),
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Sends a signal and returns when the process has ended; its exit code, null if it died of the signal. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (!this.running) return this.child.exitCode;
    const exit = once(this.child, 'exit');
    this.child.kill(signal);
    await exit;
    return this.child.exitCode;
  }

  /** One of its metrics, all labels added up. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    let sum = 0;
    for (const line of text.split('\n'))
      if (line.startsWith(`${name} `) || line.startsWith(`${name}{`))
        sum += Number(line.slice(line.lastIndexOf(' ') + 1));
    return sum;
  }
}
