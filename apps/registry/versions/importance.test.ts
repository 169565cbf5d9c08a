import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FilesystemStore } from '#artifacts/filesystem-store';
import type { ArtifactStore } from '#artifacts/store';
import { Importance } from './importance.js';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const KEY = `packages/${'ab'.repeat(32)}/manifest.json`;

let folder: string;
let store: ArtifactStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ratchet-importance-'));
  store = new FilesystemStore(pathToFileURL(folder));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('reads the gains from the manifest, once', async () => {
  await store.put(KEY, Buffer.from(JSON.stringify({ importance: { da: 0.7, pa: 0.3 } })));
  const importance = new Importance(store);
  expect(await importance.of(DIGEST)).toEqual({ da: 0.7, pa: 0.3 });
  await store.remove(`packages/${'ab'.repeat(32)}`);
  expect(await importance.of(DIGEST)).toEqual({ da: 0.7, pa: 0.3 });
});

it.each([
  ['is missing', null],
  ['is no JSON', 'oops'],
  ['has no gains', '{}'],
])('knows nothing when the manifest %s, and looks again next time', async (_, text) => {
  if (text !== null) await store.put(KEY, Buffer.from(text));
  const importance = new Importance(store);
  expect(await importance.of(DIGEST)).toBeNull();
  await store.put(KEY, Buffer.from(JSON.stringify({ importance: { da: 1 } })));
  expect(await importance.of(DIGEST)).toEqual({ da: 1 });
});
