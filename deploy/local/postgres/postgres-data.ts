import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { commandLine } from '../processes/process-identity.js';
import { type Account, canReach } from './postgres-program.js';

export const POSTGRES_USER = 'ratchet';

/** Where data and program go when root starts a clone in a folder that Postgres's own user may not enter. */
export const OUTSIDE = '/var/lib/ratchet';

/** One folder below it for each data folder that had to move. */
function outsideFolder(dataDir: string): string {
  return join(OUTSIDE, createHash('sha256').update(resolve(dataDir)).digest('hex').slice(0, 12));
}

/** Makes the data folder with a superuser who has this password; an interrupted attempt leaves nothing behind that counts. */
export async function initialise(
  program: string,
  dataDir: string,
  account: Account | null,
  password: string,
): Promise<void> {
  const draft = `${dataDir}.new`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true, mode: 0o700 });
  const scratch = await mkdtemp(join(tmpdir(), 'ratchet-initdb-'));
  const passwordFile = join(scratch, 'password');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (account) for (const path of [draft, scratch, passwordFile]) await chown(path, account.uid, account.gid);
  try {
    await promisify(execFile)(
      join(program, 'bin', 'initdb'),
      [
        `--pgdata=${draft}`,
        `--username=${POSTGRES_USER}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        // Sorting must not depend on the machine's C library.
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--locale=C',
      ],
      { cwd: '/', ...(account ? { uid: account.uid, gid: account.gid } : {}) },
    );
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new Error(`Postgres cannot create its data folder ${dataDir}: ${said}`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  await rename(draft, dataDir);
}

/**
 * Throws when another Postgres serves this folder. A pid is reused: when an unrelated process has the one of a killed
 * server, Postgres would take it for that server and refuse to start, so that pid file goes. Any other stale one stays,
 * because Postgres tells by it whether sessions of the killed server are still at the data.
 */
export async function clearStalePid(dataDir: string): Promise<void> {
  const file = join(dataDir, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number((await readFile(file, 'utf8')).split('\n')[0]);
  const command = commandLine(pid);
  if (command.includes(dataDir))
    throw new Error(`Postgres already runs on ${dataDir} as process ${pid}. Stop it first: kill -INT ${pid}`);
  if (command !== '') await rm(file);
}

/** Moves the data of a folder that Postgres's own user may no longer enter. */
async function moveData(from: string, to: string): Promise<void> {
  if (existsSync(to))
    throw new Error(`There is a database in ${from} and another one in ${to}: remove the one that is not needed.`);
  // Keeps owner and modes, also on another file system.
  await promisify(execFile)('cp', ['-a', from, to]);
  await rm(from, { recursive: true });
}

/** The real folder of the data: `dataDir`, or one outside the clone that `dataDir` then links to. */
export async function placeData(dataDir: string, account: Account | null): Promise<string> {
  const there = lstatSync(dataDir, { throwIfNoEntry: false });
  const linked = there?.isSymbolicLink() ?? false;
  await mkdir(dirname(dataDir), { recursive: true });
  if (!linked && canReach(dirname(dataDir), account)) return dataDir;
  const real = join(outsideFolder(dataDir), 'data');
  await mkdir(dirname(real), { recursive: true });
  for (const folder of [OUTSIDE, dirname(real)]) await chmod(folder, 0o755);
  if (there && !linked) await moveData(dataDir, real);
  // Its password was in the clone that is gone, so nobody could sign in.
  else if (!linked && existsSync(real))
    throw new Error(
      `There is a database in ${real}, of a clone that was here before and was deleted without "npm run reset". Remove it, then start again: rm -r ${dirname(real)}`,
    );
  if (!linked) await symlink(real, dataDir);
  return real;
}
