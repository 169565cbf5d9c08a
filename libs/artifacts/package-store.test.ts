import { appendFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FilesystemStore } from './filesystem-store.js';
import { hexOf, PackageStore, packageDigest } from './package-store.js';

let root: string;
let store: FilesystemStore;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ratchet-artifacts-'));
  store = new FilesystemStore(pathToFileURL(root));
});
afterEach(() => rm(root, { recursive: true }));

const files = new Map([
  ['manifest.json', Buffer.from('{}')],
  ['model.xgb.json', Buffer.from('{"trees":[]}')],
]);

describe('the file system store', () => {
  it('gives back what was put, streamed or whole', async () => {
    await store.put('a/b.txt', Readable.from(['one', 'two']));
    expect((await store.get('a/b.txt')).toString()).toBe('onetwo');
    expect(Buffer.concat(await (await store.open('a/b.txt')).toArray()).toString()).toBe('onetwo');
    expect(await store.has('a')).toBe(false);
    expect(await store.list('a/')).toEqual(['a/b.txt']);
    await store.remove('a/');
    expect(await store.list('')).toEqual([]);
    await expect(store.get('a/b.txt')).rejects.toThrow('no artifact "a/b.txt"');
  });

  it('leaves nothing behind when a write breaks off', async () => {
    const broken = new Readable({
      read() {
        this.push('half');
        this.destroy(new Error('source went away'));
      },
    });
    await expect(store.put('a/b.txt', broken)).rejects.toThrow('source went away');
    expect(await store.has('a/b.txt')).toBe(false);
    expect(await readdir(join(root, '.incoming'))).toEqual([]);
  });

  it.each(['../x', '/etc/passwd', 'a/../../x', ''])('refuses the key "%s"', async (key) => {
    await expect(store.get(key)).rejects.toThrow('relative path');
  });
});

describe('the package store', () => {
  it('addresses a package by its content', async () => {
    const packages = new PackageStore(store);
    const { digest } = await packages.write(files);
    expect(digest).toBe(packageDigest(new Map([...files].reverse())));
    expect(digest).not.toBe(packageDigest(new Map([...files, ['extra', Buffer.from('x')]])));
    expect(await packages.read(digest)).toEqual(files);
    expect((await packages.write(files)).digest).toBe(digest);
  });

  it('says that a package is missing', async () => {
    await expect(new PackageStore(store).read(packageDigest(files))).rejects.toMatchObject({ code: 'package-missing' });
  });

  it.each(['model.xgb.json', 'index.json'])('notices a changed %s', async (path) => {
    const packages = new PackageStore(store);
    const { digest } = await packages.write(files);
    await appendFile(join(root, 'packages', hexOf(digest), path), ' ');
    await expect(packages.read(digest)).rejects.toMatchObject({ code: 'digest-mismatch' });
    await writeFile(join(root, 'packages', hexOf(digest), path), '');
    await expect(packages.read(digest)).rejects.toMatchObject({ code: 'digest-mismatch' });
  });
});
