import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, unlink } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ArtifactMissingError, type ArtifactStore } from './artifact-store.js';

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

/** Half-written files live here until they are whole; they are never listed. */
const STAGING = '.incoming';

/** Files under one folder. A write goes to a temporary file, is flushed to the disk, and is then renamed into place. */
export class FilesystemStore implements ArtifactStore {
  private readonly root: string;

  constructor(url: URL) {
    this.root = fileURLToPath(url);
  }

  async put(key: string, data: Buffer | Readable): Promise<void> {
    const target = this.path(key);
    const staging = join(this.root, STAGING);
    const temporary = join(staging, randomUUID());
    await mkdir(staging, { recursive: true });
    await mkdir(dirname(target), { recursive: true });
    try {
      await pipeline(
        Buffer.isBuffer(data) ? Readable.from([data]) : data,
        createWriteStream(temporary, { flush: true }),
      );
      await rename(temporary, target);
      await this.flushFolder(dirname(target));
    } catch (error) {
      await unlink(temporary).catch(() => {});
      throw error;
    }
  }

  async get(key: string): Promise<Buffer> {
    return readFile(this.path(key)).catch((error: unknown) => this.missing(error, key));
  }

  async open(key: string): Promise<Readable> {
    const handle = await open(this.path(key)).catch((error: unknown) => this.missing(error, key));
    return createReadStream('', { fd: handle });
  }

  async has(key: string): Promise<boolean> {
    return stat(this.path(key)).then(
      (entry) => entry.isFile(),
      (error: unknown) => {
        if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return false;
        throw error;
      },
    );
  }

  async list(prefix: string): Promise<string[]> {
    // The deepest folder that surely holds everything with the prefix.
    const folder = join(this.root, prefix.slice(0, prefix.lastIndexOf('/') + 1));
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
      if (hasCode(error, 'ENOENT')) return [];
      throw error;
    });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(this.root, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .filter((key) => key.startsWith(prefix) && !key.startsWith(`${STAGING}/`))
      .sort();
  }

  async remove(prefix: string): Promise<void> {
    if (prefix.endsWith('/')) return rm(this.path(prefix), { recursive: true, force: true });
    for (const key of await this.list(prefix)) await rm(this.path(key), { force: true });
  }

  uri(key: string): string {
    return pathToFileURL(this.path(key)).href;
  }

  private path(key: string): string {
    if (key === '' || key.split('/').includes('..') || key.startsWith('/'))
      throw new Error(`"${key}" is not an artifact key: expected a relative path`);
    return join(this.root, key);
  }

  private missing(error: unknown, key: string): never {
    if (hasCode(error, 'ENOENT')) throw new ArtifactMissingError(key);
    throw error;
  }

  /** A rename survives a power cut only once the folder itself is on the disk. */
  private async flushFolder(folder: string): Promise<void> {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } catch (error) {
      // Windows cannot flush folders and does not need it.
      if (!hasCode(error, 'EPERM') && !hasCode(error, 'EISDIR')) throw error;
    } finally {
      await handle.close();
    }
  }
}
