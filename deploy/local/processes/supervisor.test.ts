import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { until } from '../until.js';
import { type Child, goneAs, launch } from './child.js';
import { processStart } from './process-identity.js';
import { afterExit, type Program, type Report, restartPause, Supervisor } from './supervisor.js';

const folder = mkdtempSync(join(tmpdir(), 'ratchet-supervisor-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const program = (name: string, script: string, more: Partial<Program> = {}): Program => ({
  name,
  tier: 'service',
  start: () =>
    launch({
      name,
      command: process.execPath,
      args: ['-e', script],
      env: process.env,
      logFile: join(folder, `${name}.log`),
      tier: 'service',
    }),
  ...more,
});
const forever = 'setInterval(() => {}, 1000)';

describe('restartPause', () => {
  it.each([
    [0, 0],
    [1, 500],
    [2, 1000],
    [3, 2000],
    [6, 15_000],
    [60, 15_000],
  ])('after %i crashes in a row waits %i ms', (crashes, milliseconds) => {
    expect(restartPause(crashes)).toBe(milliseconds);
  });
});

describe('afterExit', () => {
  it.each([
    ['a crash', { code: 1, signal: null }, false, 'restart'],
    ['a signal', { code: null, signal: 'SIGKILL' as const }, false, 'restart'],
    ['a service that leaves unasked', { code: 0, signal: null }, false, 'restart'],
    ['a program that is done', { code: 0, signal: null }, true, 'finished'],
    ['a crash of a program that may finish', { code: 1, signal: null }, true, 'restart'],
    ['wrong settings', { code: 78, signal: null }, false, 'give-up'],
  ])('%s', (_, exit, mayFinish, expected) => {
    expect(afterExit(exit, mayFinish)).toBe(expected);
  });
});

describe('Supervisor', () => {
  it('restarts what was killed and reports both', async () => {
    const reports: Report[] = [];
    const supervisor = new Supervisor((report) => reports.push(report));
    const first = await supervisor.start(program('killed', forever));
    first.kill('SIGKILL');
    await until('the restart', () => reports.length === 2);
    expect(supervisor.child('killed')?.pid).not.toBe(first.pid);
    expect(reports).toMatchObject([
      { kind: 'crashed', name: 'killed', detail: 'was ended by SIGKILL', retryInMs: 500 },
      { kind: 'recovered', name: 'killed' },
    ]);
    await supervisor.stop();
  });

  it('starts at once what was healthy, and waits ever longer for what never was', async () => {
    const reports: Report[] = [];
    const supervisor = new Supervisor((report) => reports.push(report), 0);
    const first = await supervisor.start(program('healthy', forever));
    first.kill('SIGKILL');
    await until('the restart', () => reports.length === 2);
    await supervisor.stop();
    expect(reports).toMatchObject([{ kind: 'crashed', retryInMs: 0 }, { kind: 'recovered' }]);
    const failing: Report[] = [];
    const impatient = new Supervisor((report) => failing.push(report));
    await impatient.start(program('failing', 'setTimeout(() => process.exit(3), 50)'));
    await until('two crashes', () => failing.filter(({ kind }) => kind === 'crashed').length === 2);
    await impatient.stop();
    expect(failing.filter(({ kind }) => kind === 'crashed')).toMatchObject([{ retryInMs: 500 }, { retryInMs: 1000 }]);
  });

  it('tells a start that fails in one sentence, without the log', async () => {
    const reports: Report[] = [];
    const supervisor = new Supervisor((report) => reports.push(report), 0);
    let starts = 0;
    const crashing = program('crashing', 'console.log("{\\"level\\":50}"); process.exit(4)');
    const child = await supervisor.start({
      ...program('crashing', forever),
      start: async (signal) => {
        if (starts++ === 0) return program('crashing', forever).start(signal);
        const next = await crashing.start(signal);
        return until<Child>('it to be ready', () => null, { hopeless: goneAs(next), signal });
      },
    });
    child.kill('SIGKILL');
    await until('the failed start', () => reports.length === 2);
    await supervisor.stop();
    expect(reports[1]).toMatchObject({ kind: 'crashed', detail: 'exited with code 4', retryInMs: 500 });
  });

  it('stops clients before services before infrastructure, and leaves nothing', async () => {
    const order: string[] = [];
    const supervisor = new Supervisor();
    const pids: number[] = [];
    for (const [name, tier] of [
      ['kafka', 'infrastructure'],
      ['service', 'service'],
      ['engine', 'client'],
    ] as const) {
      const child = await supervisor.start(program(name, forever, { tier }));
      pids.push(child.pid);
      child.exited.then(() => order.push(name));
    }
    await supervisor.stop();
    expect(order).toEqual(['engine', 'service', 'kafka']);
    expect(pids.map(processStart)).toEqual([null, null, null]);
    await expect(supervisor.start(program('late', forever))).rejects.toThrow('late is not started');
  });

  it('does not restart what it was told to halt, and brings it back when asked', async () => {
    const reports: Report[] = [];
    const supervisor = new Supervisor((report) => reports.push(report));
    await supervisor.start(program('halted', forever));
    await supervisor.halt('halted');
    expect(supervisor.child('halted')).toBeNull();
    const back = await supervisor.start(program('halted', forever));
    expect(supervisor.child('halted')?.pid).toBe(back.pid);
    await supervisor.stop();
    expect(reports).toEqual([]);
  });

  it('leaves a program alone that has finished', async () => {
    const reports: Report[] = [];
    const supervisor = new Supervisor((report) => reports.push(report));
    await supervisor.start(program('done', 'console.log("done")', { mayFinish: true }));
    await until('the end', () => reports.length > 0);
    expect(reports).toEqual([{ kind: 'finished', name: 'done' }]);
    expect(readFileSync(join(folder, 'done.log'), 'utf8')).toBe('done\n');
    await supervisor.stop();
  });

  it('ends a start that is under way when it is stopped', async () => {
    const supervisor = new Supervisor();
    const start = supervisor.start({
      name: 'slow',
      tier: 'service',
      start: (signal) => until<Child>('something that never comes', () => null, { signal }),
    });
    const outcome = expect(start).rejects.toThrow('stopped while waiting for something that never comes');
    await supervisor.stop();
    await outcome;
  });

  it('says why a program cannot be started', async () => {
    const supervisor = new Supervisor();
    const absent = program('absent', '', {
      start: () =>
        launch({
          name: 'absent',
          command: join(folder, 'no-such-program'),
          args: [],
          env: {},
          logFile: join(folder, 'absent.log'),
          tier: 'service',
        }),
    });
    await expect(supervisor.start(absent)).rejects.toThrow(/absent cannot be started: .*ENOENT/);
  });
});
