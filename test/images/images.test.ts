import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { VersionSummary } from '#contracts/http/versions';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { until } from '../../deploy/local/until.js';
import { pythonWith } from '../conformance/python.js';
import { answersBy } from './answers.js';
import { BASE, machineSettings, makeBase } from './base.js';
import { ComposeProject, endsByItself, isOurs, SERVICES } from './compose.js';
import { ContainerEngine } from './engine.js';
import { Report } from './report.js';
import { portsFree, whyNot } from './requirements.js';
import { makeStandIn, NOT_RUN } from './stand-ins.js';
import { postSweeper } from './sweep.js';

/** Names a folder that keeps base image, stand-ins and layers for the next run; without it, nothing stays. */
const { RATCHET_IMAGES } = process.env;
const IMAGE = 'localhost/ratchet:local';
/** Of serving, at the ports that the compose file publishes. */
const INSTANCES = ['http://127.0.0.1:7410', 'http://127.0.0.1:7411'];
const AIM_MB = 450;
const PATIENCE = { deadlineMs: 600_000, everyMs: 1000 };

const reason = whyNot();
if (reason !== null) throw new Error(`npm run test:images: ${reason}`);

const report = new Report();
const work = await mkdtemp(join(tmpdir(), 'ratchet-images-'));
const images = new ContainerEngine(RATCHET_IMAGES ? resolve(RATCHET_IMAGES) : join(work, 'images'));
const engine = new ContainerEngine(join(work, 'engine'), [images]);
const sweep = postSweeper(work, engine, images);
let project: ComposeProject;

beforeAll(async () => {
  const python = await pythonWith(['podman-compose==1.6.0'], 'venv-compose');
  project = new ComposeProject(engine, join(dirname(python), 'podman-compose'), 'ratchet-images', NOT_RUN);
  await portsFree(project.ports);
  await makeBase(images);
  for (const [name, { image }] of SERVICES)
    if (!isOurs(name) && !NOT_RUN.some((each) => each === name)) await makeStandIn(images, image);
}, 1_800_000);

afterAll(async () => {
  await sweep();
  report.notRun(`${NOT_RUN.join(', ')}: no registry of packages has its program, so its container was not started`);
  report.print();
}, 300_000);

/** The services that go on, rather than do one thing. */
const running = () => project.services.filter((name) => !endsByItself(name));
/** Runs `ratchet` where an operator of the compose file runs it. */
const ratchet = (...args: string[]) => project.exec('registry', 'ratchet', ...args);
const versions = async () => z.array(VersionSummary).parse(JSON.parse(await ratchet('list', '--json')));
const live = async () => (await versions()).find(({ state }) => state === 'live')?.version;

const bothAnswerBy = async (version: string) => {
  const token = (await project.exec('registry', 'cat', '/var/lib/ratchet/token')).trim();
  await until(`both instances to answer by ${version}`, () => answersBy(version, token, INSTANCES), PATIENCE);
};

describe('the image', () => {
  it('is built from the Dockerfile', async () => {
    const since = Date.now();
    const settings = await machineSettings();
    const [, tag = ''] = BASE.split(':');
    await images.build(IMAGE, REPOSITORY, '--build-arg', `NODE=${tag}`, ...settings);
    report.figure('image built in', `${Math.round((Date.now() - since) / 1000)} s`);
  }, 1_800_000);

  it('has the size and settings it should have', async () => {
    const Health = z.looseObject({ Test: z.array(z.string()) });
    const Image = z.looseObject({
      Size: z.int(),
      Config: z.looseObject({ User: z.string().default('') }),
      Healthcheck: Health.optional(),
    });
    const of = async (image: string) =>
      z.tuple([Image]).parse(JSON.parse(await engine.podman('image', 'inspect', image)))[0];
    const [image, base] = [await of(IMAGE), await of(BASE)];
    const mb = (bytes: number) => Math.round(bytes / 1e6);
    report.figure(
      'image size',
      `${mb(image.Size)} MB, of which the base has ${mb(base.Size)} MB (aim: under ${AIM_MB} MB)`,
    );
    expect(image.Config.User).toBe('1000:1000');
    expect(image.Healthcheck?.Test).toEqual(['CMD', 'node', 'deploy/compose/health.mjs']);
  });
});

describe('the compose file', () => {
  it('starts, with migrations, topics and bucket', async () => {
    const since = Date.now();
    await project.up();
    await project.allWell();
    report.figure('all containers healthy after', `${Math.round((Date.now() - since) / 1000)} s`);
    for (const job of ['migrations', 'topics', 'bucket']) expect(await project.completed(job)).toBe(true);
  }, 3_000_000);

  it('runs nothing of ours as root, with capabilities or on a root that can be written', async () => {
    for (const service of running().filter(isOurs)) {
      const { HostConfig, Id } = await project.inspect(service);
      expect(HostConfig.ReadonlyRootfs, service).toBe(true);
      const processes = await engine.processes(Id);
      expect(processes.length, service).toBeGreaterThan(0);
      for (const status of processes) {
        expect(status.get('Uid')?.split(/\s+/), service).toEqual(['1000', '1000', '1000', '1000']);
        expect(status.get('CapEff'), service).toMatch(/^0+$/);
        expect(status.get('NoNewPrivs'), service).toBe('1');
      }
      const touch = await engine.tryPodman('exec', Id, 'touch', '/app/written', '/var/written', '/home/node/written');
      expect(touch.output.match(/Read-only file system/g), `${service}: ${touch.output}`).toHaveLength(3);
    }
  });

  it('leaves root without capabilities where the image of somebody else runs as root', async () => {
    for (const service of running().filter((name) => !isOurs(name)))
      for (const status of await engine.processes(project.container(service)))
        if (status.get('Uid')?.startsWith('0')) expect(status.get('CapEff'), service).toMatch(/^0+$/);
  });

  it('brings v1.0.0 live by the sample engine', async () => {
    await bothAnswerBy('v1.0.0');
    expect(await live()).toBe('v1.0.0');
  }, 900_000);

  it('deploys another version by command, and takes it back', async () => {
    const first = (await live()) ?? '';
    // The trainer may have made others by itself.
    const known = new Set((await versions()).map(({ version }) => version));
    await ratchet('retrain', '--wait', '--no-auto-deploy', '--json');
    const second = (await versions()).map(({ version }) => version).find((version) => !known.has(version)) ?? '';
    expect(second).toMatch(/^v1\.\d+\.0$/);
    await ratchet('deploy', '--version', second, '--reason', 'a test of the images', '--force', '--json');
    await bothAnswerBy(second);
    await ratchet('rollback', '--reason', 'a test of the images', '--json');
    await bothAnswerBy(first);
  }, 900_000);

  it('is seen by Prometheus, every target of it', async () => {
    const Targets = z.looseObject({
      data: z.looseObject({ activeTargets: z.array(z.looseObject({ scrapeUrl: z.string(), health: z.string() })) }),
    });
    await until(
      'every target to be up',
      async () => {
        const { data } = Targets.parse(await (await fetch('http://127.0.0.1:9090/api/v1/targets')).json());
        const down = data.activeTargets.filter(({ health }) => health !== 'up');
        if (data.activeTargets.length === 6 && down.length === 0) return true;
        throw new Error(`not up: ${down.map(({ scrapeUrl }) => scrapeUrl).join(', ')}`);
      },
      PATIENCE,
    );
    expect((await fetch('http://127.0.0.1:9093/-/ready')).status).toBe(200);
  }, 600_000);

  it('survives a restart of every service, in its grace period', async () => {
    const since = Date.now();
    const served = (await live()) ?? '';
    for (const service of running()) {
      const before = await project.inspect(service);
      await project.stop(service);
      const { State } = await project.inspect(service);
      // 137 is what SIGKILL leaves: the grace period was not enough.
      expect([0, 143], `${service} exited with ${State.ExitCode}: ${await project.log(service)}`).toContain(
        State.ExitCode,
      );
      await project.start(service);
      const after = await project.inspect(service);
      expect(after.State.StartedAt).not.toBe(before.State.StartedAt);
    }
    await project.allWell();
    await bothAnswerBy(served);
    expect(await live()).toBe(served);
    report.figure(
      'every service stopped, started and healthy again in',
      `${Math.round((Date.now() - since) / 1000)} s`,
    );
  }, 1_200_000);

  it('stops in its grace periods even when Kafka, PostgreSQL and S3 have gone first', async () => {
    const killed: string[] = [];
    for (const service of [...running().filter((name) => !isOurs(name)), ...running().filter(isOurs)]) {
      await project.stop(service);
      const { State } = await project.inspect(service);
      if (State.ExitCode === 137) killed.push(`${service}: ${await project.log(service)}`);
    }
    expect(killed).toEqual([]);
  }, 900_000);
});
