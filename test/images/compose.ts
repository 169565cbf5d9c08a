import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { until } from '../../deploy/local/until.js';
import { type ContainerEngine, must } from './engine.js';

/** Beside other work, a start may take minutes. */
const PATIENCE = { deadlineMs: 600_000, everyMs: 500 };
const FILE = join(REPOSITORY, 'docker-compose.yml');

const Service = z.looseObject({
  image: z.string(),
  build: z.string().optional(),
  stop_grace_period: z.string().default('10s'),
  restart: z.string(),
  ports: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
});
export type Service = z.infer<typeof Service>;

/** The services of docker-compose.yml by name. */
export const SERVICES: ReadonlyMap<string, Service> = new Map(
  Object.entries(
    z.object({ services: z.record(z.string(), Service) }).parse(parse(readFileSync(FILE, 'utf8'), { merge: true }))
      .services,
  ),
);

/** Whether its container comes from the Dockerfile. */
export const isOurs = (name: string): boolean => SERVICES.get(name)?.build !== undefined;
/** What runs to its end, once. */
export const endsByItself = (name: string): boolean => SERVICES.get(name)?.restart === 'on-failure';

export const Inspected = z.looseObject({
  Id: z.string(),
  Name: z.string(),
  RestartCount: z.int(),
  State: z.looseObject({ Status: z.string(), ExitCode: z.int(), Pid: z.int(), StartedAt: z.string() }),
  Config: z.looseObject({ User: z.string(), Healthcheck: z.unknown().optional() }),
  HostConfig: z.looseObject({ ReadonlyRootfs: z.boolean() }),
});

/**
 * The compose file by podman-compose. Podman 4.3 cannot wait for health, and where there is no systemd nothing looks at it
 * again and again, so this keeps the order of `depends_on` itself; everything else is podman-compose's reading of the file.
 */
export class ComposeProject {
  /** @param left services that are not started */
  constructor(
    private readonly engine: ContainerEngine,
    private readonly program: string,
    private readonly name: string,
    private readonly left: readonly string[],
  ) {}

  get services(): string[] {
    return [...SERVICES.keys()].filter((name) => !this.left.includes(name));
  }

  compose(...args: string[]): Promise<string> {
    const how = ['--project-name', this.name, '--file', FILE, '--in-pod', 'false'];
    return must(this.program, [...how, ...args], { env: this.engine.env, cwd: REPOSITORY });
  }

  /** The ports of this machine's loopback that they listen on. */
  get ports(): number[] {
    const published = this.services.flatMap((name) => SERVICES.get(name)?.ports ?? []);
    return published.map((each) => Number(each.split(':').at(-2)));
  }

  get network(): string {
    return `${this.name}_default`;
  }

  container(service: string): string {
    return `${this.name}_${service}_1`;
  }

  async inspect(service: string): Promise<z.infer<typeof Inspected>> {
    const text = await this.engine.podman('inspect', '--type', 'container', this.container(service));
    const [found] = z.array(Inspected).parse(JSON.parse(text));
    if (found === undefined) throw new Error(`there is no container of ${service}`);
    return found;
  }

  /** Runs its health check once, as the engine would every few seconds; running is enough for what has none. */
  async healthy(service: string): Promise<boolean> {
    const { State, Config } = await this.inspect(service);
    if (State.Status !== 'running') throw new Error(`${service} is ${State.Status} (${State.ExitCode})`);
    if (!Config.Healthcheck) return true;
    const { code, output } = await this.engine.tryPodman('healthcheck', 'run', this.container(service));
    if (code !== 0) throw new Error(`${service} is not healthy: ${output.trim()}`);
    return true;
  }

  /** Has ended well. */
  async completed(service: string): Promise<boolean> {
    const { State } = await this.inspect(service);
    if (State.Status !== 'exited' || State.ExitCode !== 0)
      throw new Error(`${service} is ${State.Status} (${State.ExitCode})`);
    return true;
  }

  /** Healthy, or done if that is what it is for. */
  async well(service: string): Promise<boolean> {
    return endsByItself(service) ? this.completed(service) : this.healthy(service);
  }

  private async met(service: string, condition: string): Promise<boolean> {
    if (condition === 'service_completed_successfully') return this.completed(service);
    if (condition === 'service_healthy') return this.healthy(service);
    return (await this.inspect(service)).State.Status === 'running';
  }

  /** Starts everything, each service when what it depends on is as it asks. */
  async up(): Promise<void> {
    const waiting = new Set(this.services);
    while (waiting.size > 0) {
      const next = [...waiting].filter((name) =>
        Object.keys(SERVICES.get(name)?.depends_on ?? {}).every((other) => !waiting.has(other)),
      );
      if (next.length === 0) throw new Error(`depends_on goes round in circles: ${[...waiting].join(', ')}`);
      for (const name of next)
        for (const [other, { condition }] of Object.entries(SERVICES.get(name)?.depends_on ?? {}))
          await this.wait(other, `${name} to be started`, () => this.met(other, condition));
      await this.compose('up', '--detach', '--no-build', '--no-deps', ...next);
      for (const name of next) waiting.delete(name);
    }
  }

  /** Stops one with the time it has by the compose file; what does not go by then is killed, which its exit code shows. */
  async stop(service: string): Promise<void> {
    const seconds = Number.parseInt(SERVICES.get(service)?.stop_grace_period ?? '10s', 10);
    await this.engine.podman('stop', '--time', String(seconds), this.container(service));
  }

  async start(service: string): Promise<void> {
    await this.engine.podman('start', this.container(service));
  }

  async allWell(): Promise<void> {
    for (const service of this.services) await this.wait(service, 'every service to be well', () => this.well(service));
  }

  /** Waits for a condition of a service; what its log says last is part of the error. */
  async wait(service: string, what: string, check: () => Promise<boolean>): Promise<void> {
    try {
      await until(`${service}, for ${what}`, check, PATIENCE);
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : error}\n${await this.log(service)}`);
    }
  }

  async log(service: string): Promise<string> {
    const { output } = await this.engine.tryPodman('logs', '--tail', '15', this.container(service));
    return output;
  }

  /** A command in a container. */
  exec(service: string, ...command: string[]): Promise<string> {
    return this.engine.podman('exec', this.container(service), ...command);
  }
}
