import { statSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Session } from '../cli.js';
import { Failure } from '../failure.js';
import { Progress } from '../output/progress.js';
import { size } from '../output/quantities.js';

/** Where an export goes: the file named, one called `name` in the folder named, or one called `name` in `cwd`. */
export function exportTarget(output: string | undefined, name: string, cwd: string): string {
  const path = resolve(cwd, output ?? name);
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ? join(path, name) : path;
}

function unwritable(target: string, error: unknown): Failure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  const next = code === 'ENOENT' ? 'Its folder is not there.' : 'Name another place: --output FILE';
  return new Failure(`${target} cannot be written (${code}).`, next);
}

/**
 * Writes the pieces into a file beside `target`, which takes its place when it is whole. Returns the number of bytes;
 * a {@link Failure} leaves `target` as it was. `mode` is narrowed by the umask.
 */
export async function exportFile(
  session: Session,
  pieces: AsyncIterable<Uint8Array>,
  target: string,
  mode = 0o666,
): Promise<number> {
  const part = `${target}.${process.pid}.part`;
  let bytes = 0;
  let file: FileHandle | null = null;
  const progress = new Progress(session.screen);
  try {
    for await (const piece of pieces) {
      file ??= await open(part, 'w', mode).catch((error: unknown) => {
        throw unwritable(target, error);
      });
      await file.writeFile(piece);
      bytes += piece.length;
      if (session.screen.animated) progress.update(0, size(bytes));
    }
    file ??= await open(part, 'w', mode);
    await file.close();
    await rename(part, target);
    return bytes;
  } catch (error) {
    await file?.close().catch(() => {});
    await rm(part, { force: true });
    throw error instanceof Failure ? error : unwritable(target, error);
  } finally {
    progress.stop();
  }
}
