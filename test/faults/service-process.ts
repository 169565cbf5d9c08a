import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { serviceEnv } from '../../deploy/local/stack/services.js';
import { until } from '../../deploy/local/until.js';
import type { TestStack } from '../stack/stack.js';

/** A service that a test starts and kills itself, without a supervisor's back-off in between. */
export class ServiceProcess {
  private child: ChildProcess | null = null;
  readonly url: string;

  constructor(
    private readonly stack: TestStack,
    private readonly app: string,
    private readonly port: number,
    private readonly env: NodeJS.ProcessEnv = {},
  ) {
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Returns when it answers on HTTP; that is before it has joined its consumer group. */
  async start(): Promise<void> {
    const { home, brokers, databaseUrl } = this.stack;
    const parts = { home, brokers, databaseUrl };
    const child = spawn(process.execPath, [join(REPOSITORY, 'dist/apps', this.app, 'main.js')], {
      env: serviceEnv(parts, this.app, this.port, { LOG_LEVEL: 'warn', ...this.env }),
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    this.child = child;
    await until(`${this.app} to answer`, async () => (await fetch(`${this.url}/health/live`)).ok, {
      everyMs: 10,
      hopeless: () => (child.exitCode === null ? null : new Error(`${this.app} ended with ${child.exitCode}`)),
    });
  }

  /** Returns when the process is gone. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const { child } = this;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  /** Stops the process where it stands, or lets it go on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.child?.kill(signal);
  }
}
