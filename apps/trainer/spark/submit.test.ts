import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { processStart } from '../../../deploy/local/processes/process-identity.js';
import { submit } from './submit.js';

const folder = mkdtempSync(join(tmpdir(), 'ratchet-submit-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A job that is a line of JavaScript. */
function job(source: string, { signal = new AbortController().signal, onLine = (_: string): void => undefined } = {}) {
  const logFile = join(folder, `${source.length}.log`);
  const args = ['-e', source];
  return {
    logFile,
    end: submit({ command: process.execPath, args, env: process.env, cwd: folder, logFile, signal, onLine }),
  };
}

it('keeps all that a job prints, and says how it ended', async () => {
  const lines: string[] = [];
  const source = "console.log('one'); console.error('two'); process.exitCode = 3;";
  const { end, logFile } = job(source, { onLine: (line) => void lines.push(line) });
  expect(await end).toBe('exit code 3');
  expect(lines.toSorted()).toEqual(['one', 'two']);
  expect(readFileSync(logFile, 'utf8').split('\n').toSorted()).toEqual(['', 'one', 'two']);
});

it('ends a job and what it started, also where it does not want to', async () => {
  const stop = new AbortController();
  const pids: number[] = [];
  const source = `
    process.on('SIGTERM', () => undefined);
    const child = require('child_process').spawn(process.execPath, ['-e', "process.on('SIGTERM', () => undefined); console.log(process.pid); setInterval(() => undefined, 1e6)"], { stdio: 'inherit' });
    console.log(process.pid);
    setInterval(() => undefined, 1e6);`;
  const { end } = job(source, {
    signal: stop.signal,
    onLine: (line) => {
      pids.push(Number(line));
      if (pids.length === 2) stop.abort();
    },
  });
  expect(await end).toBe('SIGKILL');
  await vi.waitFor(() => expect(pids.map(processStart)).toEqual([null, null]));
}, 30_000);

it('tells a program that is not there', async () => {
  const signal = new AbortController().signal;
  const nothing = {
    args: [],
    env: {},
    cwd: folder,
    logFile: join(folder, 'none.log'),
    signal,
    onLine: () => undefined,
  };
  await expect(submit({ command: join(folder, 'none'), ...nothing })).rejects.toThrow('ENOENT');
});
