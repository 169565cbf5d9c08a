import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandResult, runProgram } from '../stack/programs.js';

/** Runs a program that has to end well; throws with the end of what it said. */
export async function must(...call: Parameters<typeof runProgram>): Promise<string> {
  const { code, stdout, output } = await runProgram(...call);
  if (code !== 0) throw new Error(`${call[0]} ${call[1].join(' ')} exited with ${code}:\n${output.slice(-4000)}`);
  return stdout;
}

/** What runc needs said where the default limits are above those of the machine. */
const LIMITS = ['nofile=1024:1024', 'nproc=1024:1024'];

/** Layers over each other where the machine can mount them so, which copies nothing; else a copy of everything for each layer. */
function storageDriver(folder: string): string {
  const probe = join(folder, 'overlay-probe');
  const [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map((name) => join(probe, name));
  for (const each of [lower, upper, work, merged]) mkdirSync(each ?? '', { recursive: true });
  const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
  const mounted = spawnSync('mount', ['-t', 'overlay', 'overlay', '-o', options, merged ?? '']).status === 0;
  if (mounted) spawnSync('umount', [merged ?? '']);
  rmSync(probe, { recursive: true, force: true });
  return mounted ? 'overlay' : 'vfs';
}

/** Podman and buildah over a folder of their own: nothing of the machine's images, containers and networks is seen or touched. */
export class ContainerEngine {
  readonly env: NodeJS.ProcessEnv;
  readonly driver: string;

  /** @param imageStores engines whose images are there to be read */
  constructor(
    readonly folder: string,
    imageStores: readonly ContainerEngine[] = [],
  ) {
    for (const each of ['tmp', 'store']) mkdirSync(join(folder, each), { recursive: true });
    this.driver = storageDriver(folder);
    const list = (values: readonly string[]) => JSON.stringify(values);
    const file = (name: string, lines: readonly string[]) => {
      writeFileSync(join(folder, name), `${lines.join('\n')}\n`);
      return join(folder, name);
    };
    const below = (name: string) => JSON.stringify(join(folder, name));
    this.env = {
      ...process.env,
      CONTAINERS_STORAGE_CONF: file('storage.conf', [
        '[storage]',
        `driver = ${JSON.stringify(this.driver)}`,
        `graphroot = ${JSON.stringify(this.store)}`,
        `runroot = ${below('run')}`,
        '[storage.options]',
        `additionalimagestores = ${list(imageStores.map(({ store }) => store))}`,
      ]),
      CONTAINERS_CONF: file('containers.conf', [
        '[containers]',
        `default_ulimits = ${list(LIMITS)}`,
        '[engine]',
        'cgroup_manager = "cgroupfs"',
        'runtime = "runc"',
        'events_logger = "file"',
        `tmp_dir = ${below('libpod')}`,
        '[engine.runtimes]',
        'runc = ["/usr/sbin/runc", "/usr/bin/runc"]',
        '[network]',
        'network_backend = "netavark"',
        `network_config_dir = ${below('networks')}`,
      ]),
      // Where there is no systemd, nothing would run the timers; the tests look at health themselves.
      DISABLE_HC_SYSTEMD: 'true',
      // What builds keep between steps.
      TMPDIR: join(folder, 'tmp'),
    };
  }

  get store(): string {
    return join(this.folder, 'store');
  }

  podman(...args: string[]): Promise<string> {
    return must('podman', args, { env: this.env });
  }

  /** As `podman`, for what may fail. */
  tryPodman(...args: string[]): Promise<CommandResult> {
    return runProgram('podman', args, { env: this.env });
  }

  /** Builds an image without any registry, in the format that keeps health checks. */
  async build(tag: string, context: string, ...options: string[]): Promise<void> {
    const limits = LIMITS.flatMap((limit) => ['--ulimit', limit]);
    const how = ['--isolation', 'chroot', '--pull-never', '--format', 'docker', '--layers', ...limits];
    await must('buildah', ['bud', ...how, ...options, '--tag', tag, context], { env: this.env });
  }

  async has(image: string): Promise<boolean> {
    return (await this.tryPodman('image', 'exists', image)).code === 0;
  }

  /** The processes of a container, as the machine sees them: `/proc/PID/status` by key. */
  async processes(container: string): Promise<ReadonlyMap<string, string>[]> {
    const pids = (await this.podman('top', container, 'hpid')).trim().split('\n').slice(1);
    return pids.flatMap((pid) => {
      try {
        const lines = readFileSync(`/proc/${pid.trim()}/status`, 'utf8').trim().split('\n');
        return [new Map(lines.map((line) => [line.split(':')[0] ?? '', line.split(':').slice(1).join(':').trim()]))];
      } catch {
        return []; // It has ended since.
      }
    });
  }
}
