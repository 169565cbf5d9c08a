import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ArtifactMissingError } from './artifact-store.js';
import { FilesystemStore } from './filesystem-store.js';
import { copyVerified, DamagedArtifactError } from './verified-copy.js';

const bytes = Buffer.alloc(200_000, 'rows ');
const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

let root: string;
let store: FilesystemStore;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ratchet-verified-copy-'));
  store = new FilesystemStore(pathToFileURL(join(root, 'store')));
  await store.put('a', bytes);
});
afterEach(() => rm(root, { recursive: true }));

it('copies what is whole', async () => {
  await copyVerified(store, 'a', digest, join(root, 'copy'));
  expect((await readFile(join(root, 'copy'))).equals(bytes)).toBe(true);
});

it.each([
  ['longer', (path: string) => appendFile(path, ' ')],
  ['cut short', (path: string) => truncate(path, 100_000)],
])('leaves nothing of what was made %s', async (_, damage) => {
  await damage(join(root, 'store/a'));
  const copied = copyVerified(store, 'a', digest, join(root, 'copy'));
  await expect(copied).rejects.toThrow(DamagedArtifactError);
  await expect(copied).rejects.toThrow(digest);
  expect(existsSync(join(root, 'copy'))).toBe(false);
});

it('says that something is missing, and does not hide that the file cannot be written', async () => {
  await expect(copyVerified(store, 'b', digest, join(root, 'copy'))).rejects.toThrow(ArtifactMissingError);
  await expect(copyVerified(store, 'a', digest, join(root, 'no/such/folder'))).rejects.toThrow('ENOENT');
});
