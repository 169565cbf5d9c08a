import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { NEEDED, PROGRAM_VARIABLES } from './service-variables.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const Service = z.looseObject({
  image: z.string(),
  command: z.array(z.union([z.string(), z.number()])).optional(),
  environment: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  healthcheck: z.unknown().optional(),
});
const compose = z
  .looseObject({
    services: z.record(z.string(), Service),
    volumes: z.record(z.string(), z.null()),
  })
  .parse(parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }));
const services = Object.entries(compose.services).map(([name, service]) => ({ name, ...service }));
/** Of "node dist/PROGRAM …" as a list, or within a line for the shell. */
const programOf = (command: readonly (string | number)[] = []): string | null =>
  /\bnode dist\/(\S+)/.exec(command.join(' '))?.[1] ?? null;
const ours = services.flatMap((service) => {
  const program = programOf(service.command);
  return program === null ? [] : [{ ...service, program }];
});

describe('docker-compose.yml', () => {
  it('runs every service of the loop, serving twice', () => {
    const apps = ours.map(({ program }) => program).filter((program) => program.startsWith('apps/'));
    expect(apps.sort()).toEqual(
      ['evaluator', 'feedback-ingest', 'registry', 'sample-engine', 'serving', 'serving', 'trainer'].map(
        (app) => `apps/${app}/main.js`,
      ),
    );
  });

  it.each(ours)('$name starts a program that there is, with variables it understands', ({ program, environment }) => {
    expect(existsSync(join(root, program.replace(/\.js$/, '.ts')))).toBe(true);
    const known = PROGRAM_VARIABLES[program];
    expect(Object.keys(environment).filter((variable) => !known?.has(variable))).toEqual([]);
    for (const variable of NEEDED[program] ?? []) expect(environment).toHaveProperty(variable);
  });

  it.each(services)('$name depends on, mounts and publishes what there is', ({ depends_on, volumes, ports }) => {
    for (const [other, { condition }] of Object.entries(depends_on)) {
      expect(compose.services).toHaveProperty(other);
      const needed = compose.services[other];
      if (condition === 'service_healthy')
        expect(needed?.healthcheck !== undefined || needed?.image.startsWith('ratchet')).toBe(true);
    }
    for (const volume of volumes) {
      const [source = ''] = volume.split(':');
      if (source.startsWith('.')) expect(existsSync(join(root, source)), source).toBe(true);
      else expect(compose.volumes).toHaveProperty(source);
    }
    // Nothing is reachable from another machine unless somebody wants it.
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  it.each(services)('$name pins its image', ({ image }) => {
    expect(image).toMatch(/^[a-z0-9./-]+:[a-z0-9${][A-Za-z0-9._${}:-]*$/);
    expect(image).not.toContain('latest');
    expect(image).not.toContain('minio/');
  });

  it('gives serving hashes of tokens, and nothing with a token in it', () => {
    const serving = ours.filter(({ program }) => program === 'apps/serving/main.js');
    expect(serving).toHaveLength(2);
    for (const { environment, volumes } of serving) {
      expect(environment).toMatchObject({ TOKENS_FILE: '/var/lib/ratchet-access/tokens.json' });
      expect(volumes.filter((volume) => volume.startsWith('home:'))).toEqual([]);
      expect(volumes).toContain('access:/var/lib/ratchet-access:ro');
    }
  });

  it('keeps what has a password of its own inside its network', () => {
    for (const name of ['postgres', 's3']) expect(compose.services[name]?.ports).toEqual([]);
    expect(compose.services.grafana?.environment).toMatchObject({ GF_AUTH_DISABLE_LOGIN_FORM: 'true' });
  });

  it('is scraped by Prometheus where it listens', () => {
    const config = z
      .looseObject({
        scrape_configs: z.array(
          z.looseObject({ job_name: z.string(), static_configs: z.array(z.object({ targets: z.array(z.string()) })) }),
        ),
      })
      .parse(parse(readFileSync(join(root, 'deploy/prometheus/prometheus.yml'), 'utf8')));
    const targets = config.scrape_configs.flatMap((job) => job.static_configs.flatMap((entry) => entry.targets));
    const listening = ours.flatMap(({ name, environment }) =>
      environment.PORT === undefined ? [] : [`${name}:${environment.PORT}`],
    );
    expect(targets.sort()).toEqual(listening.sort());
    for (const { job_name } of config.scrape_configs) expect(job_name).toMatch(/^ratchet-/);
  });
});

describe('the Dockerfile', () => {
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
  const ignored = readFileSync(join(root, '.dockerignore'), 'utf8');

  it('copies what there is, and lets it into the build', () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap((m) => (m[1] ?? '').split(' '));
    expect(copied.length).toBeGreaterThan(5);
    for (const source of copied.filter((path) => path !== '.')) {
      expect(existsSync(join(root, source)), source).toBe(true);
      const allowed = [...ignored.matchAll(/^!(.+)$/gm)].map((m) => m[1] ?? '');
      expect(
        allowed.some((path) => source === path || source.startsWith(`${path}/`)),
        source,
      ).toBe(true);
    }
  });

  it('runs as nobody special and says how it is', () => {
    const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
    expect(last).toMatch(/^USER 1000:1000$/m);
    expect(last).toMatch(/^HEALTHCHECK .* CMD \["node", "deploy\/compose\/health\.mjs"\]$/m);
  });

  it('keeps the settings that its programs read', () => {
    const variables = [...dockerfile.matchAll(/^(?:ENV|\s{4})\s*([A-Z_]+)=/gm)].map((m) => m[1] ?? '');
    const known = new Set(Object.values(PROGRAM_VARIABLES).flatMap((names) => [...names]));
    expect(variables.filter((name) => !known.has(name) && !name.startsWith('NODE_'))).toEqual([]);
    expect(variables).toContain('XGBOOST_LIBRARY');
  });
});
