// node sweeper.mjs RUN KEPT: takes away all that a run has left, when that run is gone, however it ended (Ctrl-C, SIGKILL, a
// closed terminal). It waits for the end of its standard input, which the system closes with the run. RUN is the folder that
// goes; KEPT is the engine's folder of which images and layers may stay.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const [run, kept] = process.argv.slice(2);
if (!run || !kept) throw new Error('usage: node sweeper.mjs RUN KEPT');
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
for await (const _ of process.stdin);

/** Have these engines' settings in their environment too, and "rm" needs them. */
const NEEDED = ['conmon', 'aardvark-dns'];

/** Builds and commands of the run. */
function isOfRun(pid) {
  try {
    if (NEEDED.includes(readFileSync(`/proc/${pid}/comm`, 'utf8').trim())) return false;
    const settings = readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .find((line) => line.startsWith('CONTAINERS_STORAGE_CONF='));
    return [run, kept].some((folder) => settings?.includes(`=${folder}/`));
  } catch {
    return false; // It has ended by itself.
  }
}
const ofRun = () =>
  readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid && isOfRun(name));

for (const signal of ['SIGTERM', 'SIGKILL'])
  for (let looks = 0; looks < 50 && ofRun().length > 0; looks++) {
    for (const pid of looks === 0 ? ofRun() : []) process.kill(Number(pid), signal);
    await pause(200);
  }

const call = (env, program, ...args) =>
  spawnSync(program, args, { env: { ...process.env, ...env }, stdio: 'ignore', timeout: 600_000 }).status;
/** Again where it did not go: what watches a container has podman clean up behind it, at the same time. */
async function again(times, attempt) {
  for (let tries = 1; !attempt() && tries < times; tries++) await pause(1000);
}
const removed = (...what) => call({}, 'podman', ...what, '--all', '--force', '--time', '0') === 0;
await again(10, () => removed('pod', 'rm'));
await again(10, () => removed('rm', '--volumes'));
call({}, 'podman', 'network', 'prune', '--force');
const [storage, containers] = [join(kept, 'storage.conf'), join(kept, 'containers.conf')];
// What a killed build was working on.
if (existsSync(storage))
  call({ CONTAINERS_STORAGE_CONF: storage, CONTAINERS_CONF: containers }, 'buildah', 'rm', '--all');

// The engines mount their stores, and a killed build leaves more.
function unmount() {
  const mounted = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((point) => [run, kept].some((folder) => point.startsWith(`${folder}/`)));
  for (const point of mounted.reverse()) spawnSync('umount', ['--lazy', point], { stdio: 'ignore' });
}
let last = null;
await again(60, () => {
  unmount();
  try {
    rmSync(run, { recursive: true, force: true });
    last = null;
  } catch (error) {
    last = error;
  }
  return last === null;
});
if (last !== null) throw last;
