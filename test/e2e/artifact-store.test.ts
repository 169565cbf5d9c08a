import { createReadStream } from 'node:fs';
import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { hexOf, PackageStore, packageDigest } from '#artifacts/package-store';
import { PART_BYTES, S3Store } from '#artifacts/s3-store';
import { artifactsEnv } from '#platform/config';
import { TestS3 } from '../stack/s3.js';
import { TcpProxy } from '../stack/tcp-proxy.js';

let s3: TestS3;
let proxy: TcpProxy;
let store: S3Store;
let folder: string;

function storeAt(env: NodeJS.ProcessEnv = {}): S3Store {
  const config = z.object(artifactsEnv).parse({
    ARTIFACTS_URL: `s3://${TestS3.bucket}/some/prefix`,
    S3_ENDPOINT: s3.endpoint(proxy.port),
    S3_ACCESS_KEY: TestS3.accessKey,
    S3_SECRET_KEY: TestS3.secretKey,
    S3_TIMEOUT_SECONDS: '5',
    ...env,
  });
  return new S3Store(new URL(config.ARTIFACTS_URL), config);
}

/** Bytes without a pattern that a wrong order could keep. */
const noise = (length: number): Buffer => {
  const bytes = Buffer.alloc(length);
  for (let i = 0, x = 1; i + 4 <= length; i += 4) {
    x = Math.imul(x, 1_664_525) + 1_013_904_223;
    bytes.writeInt32LE(x | 0, i);
  }
  return bytes;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ratchet-artifact-store-'));
  s3 = await TestS3.start();
  proxy = await TcpProxy.start(s3.port);
  store = storeAt();
});
afterEach(async () => {
  proxy.cut(0, 0);
  proxy.flow();
  await store.remove('');
});
afterAll(async () => {
  await proxy?.shut();
  await s3?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('the S3 store', () => {
  it('gives back what was put, streamed or whole', async () => {
    await store.put('a/b.txt', Readable.from(['one', 'two']));
    await store.put('a/empty', Buffer.alloc(0));
    expect(String(await store.get('a/b.txt'))).toBe('onetwo');
    expect(await store.get('a/empty')).toHaveLength(0);
    expect(String(Buffer.concat(await (await store.open('a/b.txt')).toArray()))).toBe('onetwo');
    expect(await readFile(s3.file('some/prefix/a/b.txt'), 'utf8')).toBe('onetwo');
    expect(await store.has('a/b.txt')).toBe(true);
    expect(await store.has('a')).toBe(false);
    await store.put('a/b.txt', Buffer.from('three'));
    expect(String(await store.get('a/b.txt'))).toBe('three');
    expect(await store.list('a/')).toEqual(['a/b.txt', 'a/empty']);
    await store.remove('a/');
    expect(await store.list('')).toEqual([]);
    expect(await store.has('a/b.txt')).toBe(false);
    await expect(store.get('a/b.txt')).rejects.toThrow('no artifact "a/b.txt"');
    await expect(store.open('a/b.txt')).rejects.toThrow('no artifact "a/b.txt"');
  });

  it('lists and removes more than one answer of the server holds', async () => {
    const keys = Array.from({ length: 1_100 }, (_, i) => `many/${String(i).padStart(4, '0')}`);
    const waiting = [...keys];
    const work = async (): Promise<void> => {
      for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) await store.put(key, Buffer.from(key));
    };
    await Promise.all(Array.from({ length: 16 }, work));
    expect(await store.list('many/')).toEqual(keys);
    await store.remove('many/');
    expect(await store.list('many/')).toEqual([]);
  });

  it('sends what is large in parts, from a file or from memory', async () => {
    const bytes = noise(2 * PART_BYTES + 12_345);
    const file = join(folder, 'large');
    await writeFile(file, bytes);
    await store.put('streamed', createReadStream(file));
    await store.put('whole', bytes);
    expect((await store.get('streamed')).equals(bytes)).toBe(true);
    expect(Buffer.concat(await (await store.open('whole')).toArray()).equals(bytes)).toBe(true);
  });

  it('shows nothing of an upload whose source breaks, and does not break with it', async () => {
    const source = Readable.from(
      (function* () {
        for (let i = 0; i < 40; i++) yield Buffer.alloc(1024 * 1024);
        throw new Error('the source went away');
      })(),
    );
    await expect(store.put('broken', source)).rejects.toThrow('the source went away');
    await expect(store.put('absent', createReadStream(join(folder, 'no-such-file')))).rejects.toThrow('ENOENT');
    expect(await store.list('')).toEqual([]);
  });
});

describe('a network that fails', () => {
  it('costs another try, not the answer', async () => {
    const bytes = noise(3_000_000);
    await store.put('a', bytes);
    for (const afterBytes of [0, 1_000_000]) {
      proxy.cut(1, afterBytes);
      expect((await store.get('a')).equals(bytes)).toBe(true);
    }
    proxy.cut(1, 0);
    await store.put('b', bytes);
    proxy.cut(1, 0);
    expect(await store.list('')).toEqual(['a', 'b']);
    proxy.cut(1, 0);
    expect(await store.has('b')).toBe(true);
    proxy.cut(1, 0);
    await store.put('c', Readable.from([noise(PART_BYTES + 5)]));
    expect((await store.get('c')).equals(noise(PART_BYTES + 5))).toBe(true);
  });

  it('is told of in a sentence once the tries are used up', async () => {
    await store.put('a', noise(3_000_000));
    proxy.cut(5, 1_000_000);
    await expect(store.get('a')).rejects.toThrow(/reading s3:\/\/ratchet\/some\/prefix\/a: .*S3_ENDPOINT/);
    proxy.cut(1, 1_000_000);
    const body = await store.open('a');
    await expect(body.toArray()).rejects.toThrow(/reading s3:\/\/ratchet\/some\/prefix\/a: .*S3_ENDPOINT/);
  });

  it('never holds anybody for ever: silence', async () => {
    // Longer than a busy machine takes to begin an answer.
    const impatient = storeAt({ S3_TIMEOUT_SECONDS: '2' });
    await store.put('a', noise(3_000_000));
    const body = await impatient.open('a');
    proxy.stall();
    const silent = /was silent for 2 s \(S3_TIMEOUT_SECONDS\)/;
    await expect(body.toArray()).rejects.toThrow(silent);
    await expect(impatient.get('a')).rejects.toThrow(silent);
    await expect(impatient.has('a')).rejects.toThrow(silent);
    await expect(impatient.list('')).rejects.toThrow(silent);
    await expect(impatient.put('b', noise(100))).rejects.toThrow(silent);
    await expect(impatient.put('b', Readable.from([noise(PART_BYTES + 5)]))).rejects.toThrow(silent);
    await expect(impatient.remove('')).rejects.toThrow(silent);
  });

  it('never holds anybody for ever: the whole', async () => {
    const impatient = storeAt({ S3_TIMEOUT_SECONDS: '60', S3_TRANSFER_SECONDS: '0.5' });
    proxy.stall();
    const late = /was not done after 0.5 s \(S3_TRANSFER_SECONDS\)/;
    await expect(impatient.get('a')).rejects.toThrow(late);
    await expect(impatient.list('')).rejects.toThrow(late);
    await expect(impatient.put('b', noise(100))).rejects.toThrow(late);
    proxy.flow();
    await store.put('a', noise(3_000_000));
    proxy.trickle(1_000, 20);
    await expect(impatient.get('a')).rejects.toThrow(late);
    const body = await impatient.open('a');
    await expect(body.toArray()).rejects.toThrow(late);
  });

  it('is waited for while it is down for a moment', async () => {
    await store.put('a', Buffer.from('x'));
    await proxy.shut();
    await expect(store.get('a')).rejects.toThrow(/cannot be reached: .*ECONNREFUSED/);
    const waiting = store.get('a');
    await proxy.listen();
    expect(String(await waiting)).toBe('x');
  });
});

describe('settings that are wrong', () => {
  it.each<[string, NodeJS.ProcessEnv, string[]]>([
    ['key', { S3_ACCESS_KEY: 'somebody' }, ['S3_ACCESS_KEY']],
    ['secret', { S3_SECRET_KEY: 'something' }, ['S3_SECRET_KEY']],
    ['bucket', { ARTIFACTS_URL: 's3://another' }, ['ARTIFACTS_URL', 'another']],
    ['address', { S3_ENDPOINT: 'http://127.0.0.1:1' }, ['S3_ENDPOINT', 'http://127.0.0.1:1']],
  ])('are named: the %s', async (_, env, names) => {
    const wrong = storeAt(env);
    for (const attempt of [() => wrong.list(''), () => wrong.put('a', Buffer.from('a'))]) {
      const said = await attempt().then(
        () => 'nothing',
        (error: unknown) => String(error),
      );
      for (const name of names) expect(said).toContain(name);
      // Nobody is told the secret.
      expect(said).not.toMatch(/something|a-secret-of-the-tests/);
    }
  });
});

describe('packages in it', () => {
  const files = new Map([
    ['manifest.json', Buffer.from('{}')],
    ['model.xgb.json', noise(100_000)],
  ]);
  const digest = packageDigest(files);
  const fileOf = (path: string): string => s3.file(`some/prefix/packages/${hexOf(digest)}/${path}`);

  it.each<[string, (path: string) => Promise<void>]>([
    ['longer', (path) => appendFile(path, ' ')],
    ['cut short', (path) => truncate(path, 1)],
    ['changed', async (path) => writeFile(path, (await readFile(path)).reverse())],
  ])('are not taken for whole when a file was made %s behind our back, and can be mended', async (_, damage) => {
    const packages = new PackageStore(store);
    for (const path of ['model.xgb.json', 'index.json']) {
      await packages.write(files);
      expect(await packages.read(digest)).toEqual(files);
      await damage(fileOf(path));
      await expect(packages.read(digest)).rejects.toMatchObject({ code: 'digest-mismatch' });
      expect(await packages.write(files)).toMatchObject({ digest });
      expect(await packages.read(digest)).toEqual(files);
      await packages.remove(digest);
      await expect(packages.read(digest)).rejects.toMatchObject({ code: 'package-missing' });
    }
  });

  it('are reported as out of reach, not as damaged, while the server is', async () => {
    const packages = new PackageStore(store);
    await packages.write(files);
    await proxy.shut();
    await expect(packages.read(digest)).rejects.toMatchObject({ code: 'store-unavailable' });
    await expect(packages.write(files)).rejects.toThrow('S3_ENDPOINT');
    await proxy.listen();
    expect(await packages.read(digest)).toEqual(files);
  });
});
