import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DecideResponse } from '#contracts/http/serving';
import { fetchArtifacts } from '../../deploy/local/artifacts.js';
import { freePorts } from '../../deploy/local/ports.js';
import { isRunning } from '../../deploy/local/process-identity.js';
import { DEFAULT_HOME, REPOSITORY } from '../../deploy/local/repository.js';
import { until } from '../../deploy/local/until.js';

const Ledger = z.array(z.object({ name: z.string(), pid: z.int(), started: z.string() }));
const PORTS = ['KAFKA', 'POSTGRES', 'REGISTRY', 'SERVING', 'SERVING_2', 'FEEDBACK_INGEST', 'TRAINER', 'EVALUATOR'];

/** `npm start`, from what is built. */
class Start {
  output = '';
  readonly ended: Promise<number | null>;
  private readonly process: ChildProcess;
  private code: number | null | undefined;

  constructor(env: NodeJS.ProcessEnv, ...args: string[]) {
    this.process = spawn(process.execPath, [join(REPOSITORY, 'dist/deploy/local/main.js'), ...args], {
      env: { ...process.env, NO_COLOR: '1', npm_lifecycle_event: '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const collect = (text: Buffer): void => {
      this.output += text.toString();
    };
    this.process.stdout?.on('data', collect);
    this.process.stderr?.on('data', collect);
    this.ended = new Promise((resolve) =>
      this.process.once('close', (code) => {
        this.code = code;
        resolve(code);
      }),
    );
  }

  says(text: string): Promise<boolean> {
    return until(`the start to say "${text}"`, () => this.output.includes(text), {
      deadlineMs: 240_000,
      hopeless: () => (this.code === undefined ? null : new Error(`it ended with ${this.code}:\n${this.output}`)),
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  async stop(): Promise<void> {
    if (this.code === undefined) this.signal('SIGTERM');
    await this.ended;
  }
}

describe('npm start', () => {
  let home: string;
  let env: NodeJS.ProcessEnv;
  let ports: number[];
  const starts: Start[] = [];
  /** The one that most of the tests look at. */
  let up: Start;
  const start = (more: NodeJS.ProcessEnv = {}, ...args: string[]): Start => {
    const started = new Start({ ...env, ...more }, ...args);
    starts.push(started);
    return started;
  };
  const ledger = () => Ledger.parse(JSON.parse(readFileSync(join(home, 'run/processes.json'), 'utf8')));
  const liveVersion = async (port = ports[3]): Promise<string> => {
    const response = await fetch(`http://127.0.0.1:${port}/v1/decide`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"task_id":1,"site":{"url":"https://forum.example.org/t/1"}}',
    });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return DecideResponse.parse(await response.json()).model_version;
  };

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'ratchet-start-'));
    chmodSync(home, 0o711);
    await fetchArtifacts(DEFAULT_HOME);
    for (const name of ['kafka', 'native']) symlinkSync(join(DEFAULT_HOME, name), join(home, name));
    ports = await freePorts(PORTS.length);
    env = {
      RATCHET_HOME: home,
      KAFKA_BROKERS: '',
      DATABASE_URL: '',
      ...Object.fromEntries(PORTS.map((name, i) => [`RATCHET_${name}_PORT`, String(ports[i])])),
    };
  });
  afterAll(async () => {
    for (const each of starts) await each.stop();
    await rm(home, { recursive: true, force: true });
  });

  it('explains itself', async () => {
    const help = start({}, '--help');
    expect(await help.ended).toBe(0);
    for (const name of PORTS) expect(help.output).toContain(`RATCHET_${name}_PORT`);
  });

  it('names a busy port and how to move it, and leaves nothing behind', async () => {
    const server = createServer().listen(ports[2], '127.0.0.1');
    await until('the port to be taken', () => server.listening);
    const refused = start();
    expect(await refused.ended).toBe(1);
    server.close();
    expect(refused.output).toMatch(
      new RegExp(`Port ${ports[2]}, which registry needs, is in use.*RATCHET_REGISTRY_PORT=\\d+ npm start`),
    );
  });

  it('says in one sentence that Java is missing', async () => {
    const bare = join(home, 'bare');
    mkdirSync(bare, { recursive: true });
    const refused = start({ PATH: bare });
    expect(await refused.ended).toBe(1);
    expect(refused.output.trim()).toMatch(/^Java is missing; .*Install a Java runtime of version 17 or newer/);
  });

  it('brings the loop up until the first version answers, for this user and this machine only', async () => {
    up = start({ RATCHET_SAMPLE_ENGINE_FLAGS: '--seed 11 --rate 5' });
    await up.says('Ratchet is up');
    expect(ledger().map(({ name }) => name)).toEqual(
      expect.arrayContaining(['kafka', 'postgres', 'registry', 'serving-1', 'serving-2', 'trainer', 'evaluator']),
    );
    for (const file of ['token', 'postgres.password', 'stack.json'])
      expect(statSync(join(home, file)).mode & 0o777).toBe(0o600);
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((each) => each?.family === 'IPv4' && !each.internal);
    for (const port of outside ? ports : [])
      expect(await reaches(outside?.address ?? '', port), `${outside?.address}:${port}`).toBe(false);
    for (const port of [ports[3], ports[4]])
      expect(await until('the first version', () => liveVersion(port), { deadlineMs: 240_000 })).toBe('v1.0.0');
  });

  it('refuses to start twice on one data folder', async () => {
    const second = start();
    expect(await second.ended).toBe(1);
    expect(second.output).toContain(`Ratchet already runs on ${home} as process`);
    expect(await liveVersion()).toBe('v1.0.0');
  });

  it('restarts a crashed service', async () => {
    const victim = ledger().find(({ name }) => name === 'registry');
    if (!victim) throw new Error('no registry runs');
    process.kill(victim.pid, 'SIGKILL');
    await up.says('registry was ended by SIGKILL; starting it again in 0.5 s');
    await up.says('registry is back');
  });

  it('stops everything on SIGTERM with no process left behind', async () => {
    const children = ledger();
    up.signal('SIGTERM');
    expect(await up.ended).toBe(0);
    expect(children.filter(isRunning)).toEqual([]);
  });

  it('finds its data again after a start that was ended by SIGKILL', async () => {
    const killed = start({}, '--no-sample-engine');
    await killed.says('Ratchet is up');
    expect(await liveVersion()).toBe('v1.0.0');
    const children = ledger();
    killed.signal('SIGKILL');
    await killed.ended;
    const again = start({}, '--no-sample-engine');
    await again.says('Ratchet is up');
    expect(children.filter(isRunning)).toEqual([]);
    expect(await liveVersion()).toBe('v1.0.0');
    await again.stop();
  });
});

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
