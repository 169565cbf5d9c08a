import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makePrivate, openToOthers } from './private-folder.js';

let folder: string;
const modeOf = (name: string): string => (statSync(join(folder, name)).mode & 0o777).toString(8);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ratchet-private-'));
  for (const [name, mode] of [
    ['home', 0o711],
    ['home/logs', 0o755],
    ['elsewhere', 0o755],
  ] as const) {
    mkdirSync(join(folder, name));
    chmodSync(join(folder, name), mode);
  }
  for (const [name, mode] of [
    ['home/token', 0o644],
    ['home/logs/kafka.log', 0o600],
    ['home/tool', 0o755],
  ] as const) {
    writeFileSync(join(folder, name), '');
    chmodSync(join(folder, name), mode);
  }
  symlinkSync(join(folder, 'elsewhere'), join(folder, 'home/link'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('names what others may read, write or enter', () => {
  const found = openToOthers(join(folder, 'home')).map(({ path, mode }) => [path.slice(folder.length), mode]);
  expect(found.sort()).toEqual([
    ['/home', 0o711],
    ['/home/logs', 0o755],
    ['/home/token', 0o644],
    ['/home/tool', 0o755],
  ]);
  expect(openToOthers(join(folder, 'home'), 2)).toHaveLength(2);
  expect(openToOthers(join(folder, 'nowhere'))).toEqual([]);
});

it('takes it from them, and leaves what a link names alone', () => {
  makePrivate(join(folder, 'home'));
  expect(openToOthers(join(folder, 'home'))).toEqual([]);
  const names = ['home', 'home/logs', 'home/token', 'home/tool', 'elsewhere'];
  expect(names.map(modeOf)).toEqual(['700', '700', '600', '700', '755']);
});
