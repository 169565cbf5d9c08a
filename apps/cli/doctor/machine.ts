import { statfsSync, statSync } from 'node:fs';
import { type OpenPath, openToOthers } from '#platform/private-folder';
import type { Settings } from '../client/settings.js';
import { type Finding, failed, ok, warning } from './finding.js';

const NODE_NEEDED = [20, 19] as const;
const DISK_NEEDED_BYTES = 2 * 1024 ** 3;

export function assessNode(version: string): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const enough = major > NODE_NEEDED[0] || (major === NODE_NEEDED[0] && minor >= NODE_NEEDED[1]);
  return enough
    ? ok('node', `Node ${version}.`)
    : failed('node', `This is Node ${version}.`, `Install Node ${NODE_NEEDED.join('.')} or newer.`);
}

/** `free` in bytes, of the volume that holds the data folder. */
export function assessDisk(home: string, free: number): Finding {
  const gigabytes = (free / 1024 ** 3).toFixed(1);
  return free >= DISK_NEEDED_BYTES
    ? ok('disk', `${gigabytes} GB free for ${home}.`)
    : warning(
        'disk',
        `Only ${gigabytes} GB free for ${home}.`,
        'Kafka and PostgreSQL stop when the disk is full: make room.',
      );
}

/** `mode` as of stat(2). */
export function assessTokenFile(file: string, mode: number): Finding {
  return (mode & 0o077) === 0
    ? ok('token file', `${file} is readable by its owner only.`)
    : failed(
        'token file',
        `${file} may be read by others (mode ${(mode & 0o777).toString(8)}).`,
        `chmod 600 ${file}, and create new tokens if somebody may have read it.`,
      );
}

/** `open`: what others may read, write or enter, the first few of it. */
export function assessPrivacy(home: string, open: readonly OpenPath[]): Finding {
  const [first] = open;
  if (first === undefined) return ok('data folder', `${home} and all that is in it is for its owner only.`);
  return failed(
    'data folder',
    `${first.path} is open to others (mode ${first.mode.toString(8)})${open.length > 1 ? ', and more is' : ''}.`,
    `chmod -R go= ${home}, or start Ratchet again with npm start.`,
  );
}

export function checkMachine(settings: Settings): Finding[] {
  const findings = [assessNode(process.version)];
  try {
    const { bavail, bsize } = statfsSync(settings.home);
    findings.push(assessDisk(settings.home, bavail * bsize));
    const token = settings.token.kind === 'token' ? settings.token.from : null;
    // The token's own file has a finding of its own.
    const open = openToOthers(settings.home, 3).filter(({ path }) => path !== token);
    findings.push(assessPrivacy(settings.home, open));
  } catch {
    findings.push(
      warning(
        'data folder',
        `${settings.home} is not there.`,
        'Start Ratchet with npm start, or set RATCHET_HOME to its data folder.',
      ),
    );
  }
  // Windows has no such modes.
  if (settings.token.kind === 'token' && settings.token.from !== 'RATCHET_TOKEN' && process.platform !== 'win32')
    findings.push(assessTokenFile(settings.token.from, statSync(settings.token.from).mode));
  return findings;
}
