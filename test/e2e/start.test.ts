import { mkdirSync, symlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchArtifacts } from '../../deploy/local/fetch/artifacts.js';
import { freePorts } from '../../deploy/local/ports.js';
import { DEFAULT_HOME, REPOSITORY } from '../../deploy/local/repository.js';
import { until } from '../../deploy/local/until.js';
import { type CommandResult, runNode } from '../stack/programs.js';

const PORTS = ['KAFKA', 'POSTGRES', 'REGISTRY', 'SERVING', 'SERVING_2', 'FEEDBACK_INGEST', 'TRAINER', 'EVALUATOR'];

/** What it does when it does start is in newcomer.test.ts. */
describe('npm start says why it does not start', () => {
  let home: string;
  let env: NodeJS.ProcessEnv;
  let ports: number[];
  const start = (more: NodeJS.ProcessEnv = {}, ...args: string[]): Promise<CommandResult> =>
    runNode([join(REPOSITORY, 'dist/deploy/local/main.js'), ...args], { cwd: REPOSITORY, env: { ...env, ...more } });

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'ratchet-start-'));
    await fetchArtifacts(DEFAULT_HOME);
    for (const name of ['kafka', 'native']) symlinkSync(join(DEFAULT_HOME, name), join(home, name));
    ports = await freePorts(PORTS.length);
    env = {
      ...process.env,
      NO_COLOR: '1',
      npm_lifecycle_event: '',
      RATCHET_HOME: home,
      KAFKA_BROKERS: '',
      DATABASE_URL: '',
      ...Object.fromEntries(PORTS.map((name, i) => [`RATCHET_${name}_PORT`, String(ports[i])])),
    };
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  it('and explains itself', async () => {
    const { code, stdout } = await start({}, '--help');
    expect(code).toBe(0);
    for (const name of PORTS) expect(stdout).toContain(`RATCHET_${name}_PORT`);
  });

  it('where a port is busy, and how to move it', async () => {
    const server = createServer().listen(ports[2], '127.0.0.1');
    await until('the port to be taken', () => server.listening);
    const { code, stderr } = await start();
    server.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`Port ${ports[2]}, which registry needs, is in use.*RATCHET_REGISTRY_PORT=\\d+ npm start`),
    );
  });

  it('where Java is missing, in one sentence', async () => {
    const bare = join(home, 'bare');
    mkdirSync(bare, { recursive: true });
    const { code, stderr } = await start({ PATH: bare });
    expect(code).toBe(1);
    expect(stderr.trim()).toMatch(/^Java is missing; .*Install a Java runtime of version 17 or newer/);
  });
});
