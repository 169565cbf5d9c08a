import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DecideResponse } from '#contracts/http/serving';
import { openToOthers } from '#platform/private-folder';
import { freePorts } from '../../deploy/local/ports.js';
import { isRunning } from '../../deploy/local/processes/process-identity.js';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { type FollowedBlock, followedBlocks } from '../../docs/followed-blocks.js';
import { pythonWith } from '../conformance/python.js';
import { lendPackages, repositoryOf } from '../stack/fresh-clone.js';
import { newcomersEnv, type Running, Terminal } from '../stack/terminal.js';

/** What a newcomer reads, in this order. Every ```sh block in them is run as it stands there. */
const PAGES = ['README.md', 'docs/tutorial.md', 'docs/how-to/your-own-model.md'];
/** Printed addresses, and the variable that moves them: the machine of a test may have something on these ports. */
const PORTS = {
  RATCHET_REGISTRY_PORT: 7400,
  RATCHET_SERVING_PORT: 7410,
  RATCHET_SERVING_2_PORT: 7411,
  RATCHET_FEEDBACK_INGEST_PORT: 7420,
  RATCHET_TRAINER_PORT: 7430,
  RATCHET_EVALUATOR_PORT: 7440,
  RATCHET_KAFKA_PORT: 9092,
  RATCHET_POSTGRES_PORT: 5432,
};

const Process = z.object({ name: z.string(), pid: z.int(), started: z.string() });
const folder = mkdtempSync(join(tmpdir(), 'ratchet-newcomer-'));
const clone = join(folder, 'ratchet');
const home = join(clone, '.ratchet');
const processes = () => z.array(Process).parse(JSON.parse(readFileSync(join(home, 'run/processes.json'), 'utf8')));

const pidOfStart = (): number =>
  z.object({ pid: z.int() }).parse(JSON.parse(readFileSync(join(home, 'run/lock.json'), 'utf8'))).pid;

let ports: number[];
let python: string;
let terminal: Terminal;
let up: Running;
let lost = false;
const started: Running[] = [];

function start(): Running {
  up = terminal.start('npm start');
  started.push(up);
  return up;
}

/** As the pages say it: `npm start` goes on in the first terminal, where Ctrl-C comes before the next one. */
async function follow(block: FollowedBlock): Promise<void> {
  if (lost) throw new Error('not followed: a block before it did not lead where the page says');
  lost = true;
  for (const step of block.steps) {
    if (step.commands.trim() === 'npm start') {
      if (started.length > 0) await endsCleanly(() => up.ctrlC());
      else {
        lendPackages(clone);
        // One that others may look into, as an older release left it.
        mkdirSync(home, { mode: 0o711 });
        // What a page installs with pip is there already.
        symlinkSync(dirname(dirname(python)), join(clone, '.venv'));
      }
      await start().says(...step.expected);
    } else await terminal.follow(step);
  }
  lost = false;
}

async function endsCleanly(end: () => Promise<unknown>): Promise<void> {
  const children = processes();
  expect(children.length).toBeGreaterThan(7);
  await end();
  expect(up.output).toContain('Stopping everything');
  expect(children.filter(isRunning)).toEqual([]);
}

async function decide(port: number | undefined): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/v1/decide`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"task_id":1,"site":{"url":"https://forum.example.org/t/1"}}',
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return DecideResponse.parse(await response.json()).model_version;
}

beforeAll(async () => {
  python = await pythonWith(['confluent-kafka'], 'venv-engine');
  repositoryOf(REPOSITORY, join(folder, 'REPOSITORY'));
  ports = await freePorts(Object.keys(PORTS).length);
  const moved = Object.entries(PORTS).map(([variable, port], i) => ({ variable, port, to: String(ports[i]) }));
  // curl's own way to reach an address elsewhere, so that the commands stay as they are printed.
  const curl = join(folder, 'curl');
  mkdirSync(curl);
  writeFileSync(
    join(curl, '.curlrc'),
    moved.map(({ port, to }) => `connect-to = "127.0.0.1:${port}:127.0.0.1:${to}"\n`).join(''),
  );
  terminal = new Terminal(
    folder,
    newcomersEnv({
      ...Object.fromEntries(moved.map(({ variable, to }) => [variable, to])),
      CURL_HOME: curl,
      RATCHET_SAMPLE_ENGINE_FLAGS: '--seed 11 --rate 10',
    }),
  );
});

afterAll(async () => {
  for (const each of started) await each.stop();
  rmSync(folder, { recursive: true, force: true });
});

const blocksOf = (page: string): [string, FollowedBlock][] =>
  followedBlocks(readFileSync(join(REPOSITORY, page), 'utf8')).map((block) => [
    `line ${block.line}: ${block.steps[0]?.commands.split('\n')[0]?.slice(0, 70)}`,
    block,
  ]);
const [readme = [], ...pages] = PAGES.map(blocksOf);

describe('README.md on a fresh clone', () => {
  it.each(readme)('%s', (_, block) => follow(block), 900_000);
});

describe('what npm start has brought up', () => {
  it('is for this user and this machine only', async () => {
    expect(openToOthers(home)).toEqual([]);
    for (const file of ['token', 'postgres.password', 'stack.json'])
      expect(statSync(join(home, file)).mode & 0o777, file).toBe(0o600);
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((each) => each?.family === 'IPv4' && !each.internal);
    for (const port of outside ? ports : [])
      expect(await reaches(outside?.address ?? '', port), `${outside?.address}:${port}`).toBe(false);
    for (const port of [ports[1], ports[2]]) expect(await decide(port)).toBe('v1.0.0');
  });

  it('does not start twice on one data folder', async () => {
    const second = terminal.start('npm start');
    expect(await second.ended).toBe(1);
    expect(second.output).toContain(`Ratchet already runs on ${home} as process`);
    expect(await decide(ports[1])).toBe('v1.0.0');
  });

  it('comes back when a service crashes', async () => {
    const victim = processes().find(({ name }) => name === 'evaluator');
    if (!victim) throw new Error('no evaluator runs');
    process.kill(victim.pid, 'SIGKILL');
    await up.says('evaluator was ended by SIGKILL; starting it again at once', 'evaluator is back');
  });
});

describe.each(PAGES.slice(1).map((page, i) => ({ page, blocks: pages[i] ?? [] })))('$page', ({ blocks }) => {
  it.each(blocks)('%s', (_, block) => follow(block), 900_000);
});

describe('the commands of your-own-model.md', () => {
  const commands = (pages[1] ?? []).flatMap(([, block]) => block.steps.flatMap(commandsOf));

  it('are twelve at most, beside what makes the data up', () => {
    expect(commands.length).toBeLessThanOrEqual(12);
  });

  it('were all printed by those before them, from the first one on', () => {
    const printed = asAdvised(terminal.output);
    expect(
      commands.slice(1).filter((command) => !command.startsWith('curl') && !printed.includes(asAdvised(command))),
    ).toEqual([]);
    // The page asks about another case than the usual one.
    expect(printed).toContain(
      `curl -s http://127.0.0.1:${ports[1]}/v1/decide -H 'content-type: application/json' -d '{"model":"churn"`,
    );
  });
});

describe('npm start after a SIGKILL', () => {
  it('stops what was left running, finds its data, and stops on SIGTERM', async () => {
    const children = processes();
    process.kill(pidOfStart(), 'SIGKILL');
    await up.ended;
    await start().says('Ratchet is up');
    expect(children.filter(isRunning)).toEqual([]);
    expect(await decide(ports[1])).toBe('v1.0.0');
    await endsCleanly(async () => {
      process.kill(pidOfStart(), 'SIGTERM');
      expect(await up.ended).toBe(0);
    });
  });
});

/** What a reader types of a step, without the files that the page makes up for want of the reader's own. */
const commandsOf = ({ commands }: FollowedBlock['steps'][number]): string[] =>
  commands
    .replaceAll(/^(?:cat|node) [^\n]*<<'EOF'\n[\s\S]*?\nEOF$/gm, '')
    .replaceAll(/ \\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('('));

/** As it is printed before anybody has said which file, and why. */
const asAdvised = (text: string): string =>
  text
    .replaceAll(/ \|\| true$/gm, '')
    .replaceAll(/--reason "[^"]*"/g, '--reason "…"')
    .replaceAll(/\b(?:customers|others)\.csv\b/g, 'FILE')
    .replaceAll(/ --model (\S+) FILE/g, ' FILE --model $1');

/** Whether something answers a connection from the outside. */
function reaches(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 3000 });
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
    socket.once('timeout', () => finish(false));
  });
}
