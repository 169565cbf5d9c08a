import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../../deploy/local/ports.js';

/**
 * What `npm start` costs when nothing happens: a second start on its own data, then the memory and processor time of all
 * its processes without a message, a request or the sample engine. Linux only, since it reads /proc.
 */
const repository = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const SECONDS = 60;
/** What a start still does after it has said that all is up: caches fill, first looks are taken. */
const SETTLING_SECONDS = 30;
const CLOCK_TICKS = 100;

interface Usage {
  readonly name: string;
  readonly mib: number;
  readonly cpuSeconds: number;
}

interface Started {
  readonly process: ChildProcess;
  readonly seconds: number;
}

async function start(home: string, ports: NodeJS.ProcessEnv): Promise<Started> {
  const begun = performance.now();
  const started = spawn(process.execPath, [join(repository, 'deploy/local/start.mjs'), '--no-sample-engine'], {
    cwd: repository,
    env: { ...process.env, ...ports, RATCHET_HOME: home, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  started.stdout.setEncoding('utf8');
  return new Promise((resolve, reject) => {
    // Read to its end: a program that writes to a closed pipe dies.
    started.stdout.on('data', (text: string) => {
      said += text;
      if (said.includes('Ratchet is up')) resolve({ process: started, seconds: (performance.now() - begun) / 1000 });
    });
    started.once('exit', () => reject(new Error(`npm start ended before it was up:\n${said}`)));
  });
}

async function stop({ process: started }: Started): Promise<void> {
  const gone = once(started, 'exit');
  started.kill('SIGTERM');
  await gone;
}

/** The process and all its descendants, with what each has used so far. */
async function usageOf(root: number): Promise<Map<number, Usage>> {
  const parents = new Map<number, { parent: number; usage: Usage }>();
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = await readFile(`/proc/${entry}/stat`, 'utf8');
      const status = await readFile(`/proc/${entry}/smaps_rollup`, 'utf8');
      const command = (await readFile(`/proc/${entry}/cmdline`, 'utf8')).split('\0');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const name = command.find((word) => /dist\/(apps|deploy)\//.test(word)) ?? command[0] ?? '';
      parents.set(Number(entry), {
        parent: Number(fields[1]),
        usage: {
          name: name.replace(/.*\/dist\//, '').replace(/\/main\.js$/, ''),
          // The proportional share: what processes have in common, as Postgres' do, counts once.
          mib: Number(/^Pss:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024,
          cpuSeconds: (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS,
        },
      });
    } catch {
      // Gone between the listing and the look.
    }
  }
  const found = new Map<number, Usage>();
  const belongs = (pid: number): boolean =>
    pid === root || (parents.has(pid) && belongs(parents.get(pid)?.parent ?? 0));
  for (const [pid, { usage }] of parents) if (belongs(pid)) found.set(pid, usage);
  return found;
}

export async function run(): Promise<unknown> {
  const home = await mkdtemp(join(tmpdir(), 'ratchet-idle-'));
  const names = ['KAFKA', 'POSTGRES', 'REGISTRY', 'FEEDBACK_INGEST', 'SERVING', 'SERVING_2', 'TRAINER', 'EVALUATOR'];
  const free = await freePorts(names.length);
  const ports = Object.fromEntries(names.map((name, index) => [`RATCHET_${name}_PORT`, String(free[index])]));
  try {
    const first = await start(home, ports);
    await stop(first);
    const second = await start(home, ports);
    try {
      await sleep(SETTLING_SECONDS * 1000);
      const pid = second.process.pid ?? 0;
      const before = await usageOf(pid);
      await sleep(SECONDS * 1000);
      const after = await usageOf(pid);
      const processes = [...after].map(([each, { name, mib, cpuSeconds }]) => ({
        name,
        mib: Math.round(mib),
        cpu_percent: Number((((cpuSeconds - (before.get(each)?.cpuSeconds ?? 0)) / SECONDS) * 100).toFixed(2)),
      }));
      const sum = (of: (each: (typeof processes)[number]) => number): number =>
        processes.reduce((total, each) => total + of(each), 0);
      return {
        name: 'idle',
        figures: {
          first_start_s: Number(first.seconds.toFixed(1)),
          second_start_s: Number(second.seconds.toFixed(1)),
          memory_mib: sum(({ mib }) => mib),
          cpu_percent_of_one_core: Number(sum(({ cpu_percent }) => cpu_percent).toFixed(1)),
          node_memory_mib: processes
            .filter(({ name }) => /^(apps|deploy)\//.test(name))
            .reduce((total, { mib }) => total + mib, 0),
        },
        processes: processes.sort((one, other) => other.mib - one.mib),
      };
    } finally {
      await stop(second);
    }
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
