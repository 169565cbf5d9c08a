import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AlreadyRunning, lockHome } from './home-lock.js';
import { processStart } from './process-identity.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ratchet-lock-'));
  file = join(folder, 'run/lock.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('lockHome', () => {
  it('lets one process in, tells the next who it is, and lets it in afterwards', () => {
    const unlock = lockHome(folder, file);
    expect(() => lockHome(folder, file)).toThrow(AlreadyRunning);
    expect(() => lockHome(folder, file)).toThrow(`process ${process.pid}`);
    unlock();
    expect(existsSync(file)).toBe(false);
    lockHome(folder, file)();
  });

  it('does not count the lock of a process that is gone', async () => {
    const owner = spawn(process.execPath, ['-e', '']);
    const lock = JSON.stringify({ pid: owner.pid, started: processStart(owner.pid ?? 0) });
    await new Promise((resolve) => owner.once('exit', resolve));
    lockHome(folder, file)();
    writeFileSync(file, lock);
    lockHome(folder, file)();
  });

  it('does not take another process for the owner because it got the same pid', () => {
    lockHome(folder, file)();
    writeFileSync(file, JSON.stringify({ pid: process.pid, started: 'another time' }));
    lockHome(folder, file)();
  });

  it('does not choke on a damaged lock', () => {
    lockHome(folder, file)();
    writeFileSync(file, '{');
    lockHome(folder, file)();
  });
});
