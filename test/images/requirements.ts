import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { isBusy } from '../../deploy/local/ports.js';
import { until } from '../../deploy/local/until.js';

/** What runs images without Docker: a program, or files of which one is there, by the package of Debian that brings it. */
const NEEDED: Readonly<Record<string, string | readonly string[]>> = {
  podman: 'podman',
  buildah: 'buildah',
  runc: 'runc',
  mmdebstrap: 'mmdebstrap',
  iptables: 'iptables',
  netavark: ['/usr/lib/podman/netavark', '/usr/libexec/podman/netavark'],
  'aardvark-dns': ['/usr/lib/podman/aardvark-dns', '/usr/libexec/podman/aardvark-dns'],
  catatonit: 'catatonit',
  'python3-venv': 'python3',
};
/** What the stand-ins are made with. */
const PROGRAMS = ['mvn', 'java', 'go', 'npm'] as const;

const works = (program: string): boolean => spawnSync(program, ['--help']).error === undefined;

/** What is missing here, in a sentence; null where the images can be run. */
export function whyNot(): string | null {
  if (process.platform !== 'linux') return 'images are run on Linux only';
  if (process.getuid?.() !== 0) return 'mmdebstrap, buildah and podman are run as root here';
  const packages = Object.entries(NEEDED)
    .filter(([, by]) => (typeof by === 'string' ? !works(by) : !by.some((file) => existsSync(file))))
    .map(([name]) => name);
  if (packages.length > 0)
    return `${packages.join(', ')} missing; on Debian: apt-get install --no-install-recommends ${packages.join(' ')}`;
  const programs = PROGRAMS.filter((program) => !works(program));
  return programs.length > 0 ? `${programs.join(', ')} missing on the PATH` : null;
}

/** Waits a little for what docker-compose.yml publishes: an interrupted run may still be cleaned up. */
export async function portsFree(ports: readonly number[]): Promise<void> {
  for (const port of ports)
    await until(
      `port ${port}, which docker-compose.yml publishes, to be free`,
      async () => {
        if (await isBusy(port))
          throw new Error('something listens there; stop it (npm start, docker compose, another run)');
        return true;
      },
      { deadlineMs: 60_000, everyMs: 500 },
    );
}
