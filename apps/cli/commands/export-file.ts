import { statSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Session } from '../cli.js';
import { EXIT, Failure } from '../failure.js';
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

/** Where an export goes that the person may want on stdout. */
interface Destination {
  /** The option as it was given; `-` is stdout. */
  readonly output: string | undefined;
  /** What the file is called where no file is named. */
  readonly name: string;
}

/** Asks for an export and puts it where it was wanted. Returns the file and its size, or null where it went to stdout. */
export async function deliver(
  session: Session,
  { output, name }: Destination,
  ask: () => Promise<AsyncIterable<Uint8Array>>,
): Promise<{ file: string; bytes: number } | null> {
  const { screen, cwd } = session;
  if (output !== '-') {
    const file = exportTarget(output, name, cwd);
    return { file, bytes: await exportFile(session, await ask(), file) };
  }
  if (screen.json)
    throw new Failure('--output - and --json both want stdout.', 'Leave one of them out.', { exitCode: EXIT.usage });
  for await (const chunk of await ask()) screen.bytes(chunk);
  return null;
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
