import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Resident memory of a process in MiB; null when it is gone or the system does not tell. */
export async function residentMb(pid: number, platform = process.platform): Promise<number | null> {
  try {
    if (platform === 'linux') {
      const found = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'));
      return found ? Number(found[1]) / 1024 : null;
    }
    if (platform === 'win32') return null;
    const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(pid)]);
    const kilobytes = Number(stdout.trim());
    return Number.isFinite(kilobytes) && kilobytes > 0 ? kilobytes / 1024 : null;
  } catch {
    return null;
  }
}
