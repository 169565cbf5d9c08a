import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { TOPICS } from '#contracts/topics';
import { NEEDED, PROGRAM_VARIABLES } from '../../deploy/compose/service-variables.js';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { titled } from '../stack/requirement.js';
import { CHART, CLUSTER_VALUES, helm, runHelm } from './chart.js';
import { goTool } from './go-tool.js';

const composeGo = goTool('compose-go', 'COMPOSE_GO', 'github.com/compose-spec/compose-go/v2/cmd@v2.9.0');

const Container = z.looseObject({
  name: z.string(),
  // It would take the place of the image's entry point, which passes signals on and reaps.
  command: z.undefined().optional(),
  args: z.array(z.string()),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })),
  readinessProbe: z.unknown().optional(),
  livenessProbe: z.unknown().optional(),
  securityContext: z.looseObject({ readOnlyRootFilesystem: z.literal(true) }),
  volumeMounts: z.array(z.looseObject({ name: z.string() })).default([]),
});
const Workload = z.looseObject({
  kind: z.enum(['Deployment', 'Job']),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({
    template: z.looseObject({
      spec: z.looseObject({
        containers: z.array(Container),
        initContainers: z
          .array(
            z.looseObject({
              args: z.array(z.string()),
              volumeMounts: z.array(z.looseObject({ name: z.string() })),
            }),
          )
          .default([]),
        volumes: z.array(z.looseObject({ name: z.string() })).default([]),
        securityContext: z.looseObject({ runAsNonRoot: z.literal(true) }),
      }),
    }),
  }),
});
const Any = z.looseObject({ kind: z.string() });

describe.skipIf(helm.program === null)(titled('the Helm chart', helm), () => {
  const rendered = (...args: string[]): z.infer<typeof Any>[] => {
    const { status, stdout, output } = runHelm('template', 'test', CHART, ...args);
    expect(status, output).toBe(0);
    return parseAllDocuments(stdout)
      .map((document) => document.toJS())
      .filter((document) => document !== null)
      .map((document) => Any.parse(document));
  };
  let documents: z.infer<typeof Any>[];
  beforeAll(() => {
    documents = rendered('-f', CLUSTER_VALUES);
  });

  it('passes helm lint', () => {
    const { status, output } = runHelm('lint', '--strict', CHART, '-f', CLUSTER_VALUES);
    expect(status, output).toBe(0);
  });

  it('says what is missing instead of installing with a default', () => {
    const { status, output } = runHelm('template', 'test', CHART);
    expect(status).not.toBe(0);
    expect(output).toMatch(/expected /);
  });

  it('renders everything a cluster can be given', () => {
    const kinds = new Set(documents.map(({ kind }) => kind));
    for (const kind of [
      'Deployment',
      'Service',
      'Job',
      'ConfigMap',
      'ServiceAccount',
      'PodDisruptionBudget',
      'HorizontalPodAutoscaler',
      'NetworkPolicy',
      'ServiceMonitor',
      'PrometheusRule',
    ])
      expect(kinds).toContain(kind);
    expect(kinds).not.toContain('Secret');
  });

  it('gives serving hashes of tokens: only what makes them sees the administrator’s', () => {
    const workloads = documents.flatMap((document) => Workload.safeParse(document).data ?? []);
    const serving = workloads.filter(({ metadata }) => metadata.name.endsWith('-serving'));
    expect(serving).toHaveLength(1);
    for (const { spec } of serving) {
      const [container] = spec.template.spec.containers;
      expect(container?.volumeMounts.map(({ name }) => name)).not.toContain('admin-token');
      expect(container?.env.map(({ name }) => name)).not.toContain('RATCHET_ADMIN_TOKEN');
      const [first] = spec.template.spec.initContainers;
      expect(first?.volumeMounts.map(({ name }) => name)).toContain('admin-token');
      expect(existsSync(join(REPOSITORY, first?.args[1] ?? ''))).toBe(true);
    }
  });

  it('starts programs that there are, with variables they understand and all that they need', () => {
    const workloads = documents.flatMap((document) => Workload.safeParse(document).data ?? []);
    expect(workloads.length).toBe(documents.filter(({ kind }) => kind === 'Deployment' || kind === 'Job').length);
    expect(workloads.length).toBe(7);
    for (const { kind, metadata, spec } of workloads)
      for (const { args, env, readinessProbe, livenessProbe, volumeMounts } of spec.template.spec.containers) {
        const program = (args[1] ?? '').replace(/^dist\//, '');
        const known = PROGRAM_VARIABLES[program];
        expect(known, `${metadata.name} starts ${args.join(' ')}`).toBeDefined();
        expect(existsSync(join(REPOSITORY, program.replace(/\.js$/, '.ts')))).toBe(true);
        const names = env.map(({ name }) => name);
        // POD_IP is there for another variable to refer to.
        expect(
          names.filter((name) => name !== 'POD_IP' && !known?.has(name)),
          metadata.name,
        ).toEqual([]);
        for (const needed of NEEDED[program] ?? []) expect(names, metadata.name).toContain(needed);
        expect(new Set(names).size, `${metadata.name} sets a variable twice`).toBe(names.length);
        if (kind === 'Deployment') expect([readinessProbe, livenessProbe]).not.toContain(undefined);
        const volumes = new Set(spec.template.spec.volumes.map(({ name }) => name));
        for (const mount of volumeMounts) expect(volumes, metadata.name).toContain(mount.name);
      }
  });

  it('gives components with a user of their own on Kafka that user, and all of them the authority', () => {
    const users = new Map<string, unknown>();
    for (const { metadata, spec } of documents.flatMap((document) => Workload.safeParse(document).data ?? []))
      for (const { env, volumeMounts } of spec.template.spec.containers) {
        const password = env.find(({ name }) => name === 'KAFKA_SASL_PASSWORD');
        if (password) users.set(metadata.name, password.valueFrom);
        if (!password) continue;
        expect(env).toContainEqual({ name: 'KAFKA_TLS_CA_FILE', value: '/etc/ratchet/kafka/ca.crt' });
        expect(volumeMounts).toContainEqual(expect.objectContaining({ mountPath: '/etc/ratchet/kafka' }));
      }
    const secret = (name: string) => ({ secretKeyRef: { name, key: 'password' } });
    expect(users.size).toBe(6);
    expect(users.get('test-ratchet-registry')).toEqual(secret('kafka-user-registry'));
    expect(users.get('test-ratchet-create-topics')).toEqual(secret('kafka-user-topics'));
    expect(users.get('test-ratchet-trainer')).toEqual(secret('kafka-user'));
  });

  it('carries the alert rules of deploy/prometheus, with links to runbooks elsewhere', () => {
    const source = readFileSync(join(REPOSITORY, 'deploy/prometheus/rules/ratchet.yaml'), 'utf8');
    expect(readFileSync(join(CHART, 'files/rules.yaml'), 'utf8'), 'run "npm run generate"').toBe(source);
    const rule = documents.find(({ kind }) => kind === 'PrometheusRule');
    expect(rule?.spec).toEqual(parse(source.replaceAll('docs/operations/', 'https://wiki.example.org/ratchet/')));
  });

  describe('with KEDA', () => {
    const ScaledObject = z.object({
      kind: z.literal('ScaledObject'),
      metadata: z.looseObject({ name: z.string() }),
      spec: z.looseObject({
        minReplicaCount: z.int(),
        maxReplicaCount: z.int(),
        triggers: z.array(
          z.object({
            type: z.string(),
            metricType: z.string().optional(),
            // KEDA takes texts only.
            metadata: z.record(z.string(), z.string()),
            authenticationRef: z.object({ name: z.string() }).optional(),
          }),
        ),
      }),
    });
    const withKeda = (...settings: string[]) => {
      const all = rendered('-f', CLUSTER_VALUES, '--set', ['keda.enabled=true', ...settings].join(','));
      const scaled = new Map(
        all.flatMap((document) => {
          const { data } = ScaledObject.safeParse(document);
          return data ? [[data.metadata.name, data.spec] as const] : [];
        }),
      );
      return { kinds: all.map(({ kind }) => kind), scaled, all };
    };
    const ingest = 'test-ratchet-feedback-ingest';

    it('is off unless asked for', () => {
      expect(documents.map(({ kind }) => kind)).not.toContain('ScaledObject');
    });

    it('has it scale by the lag of the topics that feedback-ingest reads, as its group, and makes no autoscaler of its own', () => {
      const { kinds, scaled, all } = withKeda('kafka.topicPrefix=staging-');
      expect(kinds).not.toContain('HorizontalPodAutoscaler');
      expect([...scaled.keys()].sort()).toEqual([ingest, 'test-ratchet-serving']);
      const byLag = scaled.get(ingest)?.triggers.filter(({ type }) => type === 'kafka') ?? [];
      expect(byLag.map(({ metadata }) => metadata.topic).sort()).toEqual(
        Object.entries(TOPICS)
          .filter(([, { consumers, key }]) => consumers.includes('feedback-ingest') && key === 'task id')
          .map(([topic]) => `staging-${topic}`)
          .sort(),
      );
      for (const { metadata, authenticationRef } of byLag) {
        expect(metadata).toMatchObject({
          consumerGroup: 'staging-ratchet.feedback-ingest',
          bootstrapServers: 'kafka-0.kafka:9092,kafka-1.kafka:9092',
          lagThreshold: '50000',
          tls: 'enable',
          sasl: 'scram_sha512',
        });
        expect(authenticationRef).toEqual({ name: 'test-ratchet-kafka' });
      }
      expect(all.find(({ kind }) => kind === 'TriggerAuthentication')?.spec).toEqual({
        secretTargetRef: [
          { parameter: 'username', name: 'kafka-user', key: 'username' },
          { parameter: 'password', name: 'kafka-user', key: 'password' },
          { parameter: 'ca', name: 'kafka-cluster-ca', key: 'ca.crt' },
        ],
      });
    });

    it('scales serving by the rows it answers where a Prometheus is named, and by CPU alone elsewhere', () => {
      const triggers = (...settings: string[]) => withKeda(...settings).scaled.get('test-ratchet-serving')?.triggers;
      expect(triggers()?.map(({ type }) => type)).toEqual(['cpu']);
      expect(triggers('keda.prometheusUrl=http://prometheus:9090')).toContainEqual({
        type: 'prometheus',
        metadata: {
          serverAddress: 'http://prometheus:9090',
          query: expect.stringContaining('rate(ratchet_serving_predictions_total{'),
          threshold: '5000',
        },
      });
    });

    it('needs no credentials for a Kafka without any', () => {
      const { kinds, scaled } = withKeda('kafka.saslSecret=', 'kafka.caSecret=', 'kafka.tls=false');
      expect(kinds).not.toContain('TriggerAuthentication');
      for (const { metadata, authenticationRef } of scaled.get(ingest)?.triggers ?? []) {
        expect(Object.keys(metadata)).not.toContain('sasl');
        expect(Object.keys(metadata)).not.toContain('tls');
        expect(authenticationRef).toBeUndefined();
      }
    });

    it('leaves services without autoscaling alone', () => {
      const { scaled } = withKeda('services.serving.autoscaling.enabled=false');
      expect([...scaled.keys()]).toEqual([ingest]);
    });

    it('refuses a setting that it does not know', () => {
      const { status, output } = runHelm('template', 'test', CHART, '-f', CLUSTER_VALUES, '--set', 'keda.interval=5');
      expect(status).not.toBe(0);
      expect(output).toMatch(/keda/);
    });
  });

  it('renders less when less is asked for', () => {
    const args = [
      'kafka.brokers=k:9092',
      'database.secret=d',
      'artifacts.url=s3://b',
      'access.adminTokenSecret=a',
      'networkPolicy.enabled=false',
      'podDisruptionBudget.enabled=false',
      'serviceAccount.create=false',
      'database.migrate=false',
      'kafka.createTopics=false',
    ];
    const kinds = new Set(rendered('--set', args.join(',')).map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(['Deployment', 'Service']);
  });
});

describe.skipIf(composeGo.program === null)(titled("the reference loader of docker compose's files", composeGo), () => {
  const folder = mkdtempSync(join(tmpdir(), 'ratchet-compose-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const load = (text: string) => {
    cpSync(join(REPOSITORY, 'deploy/models'), join(folder, 'deploy/models'), { recursive: true });
    writeFileSync(join(folder, 'docker-compose.yml'), text);
    const { status, stdout, stderr } = spawnSync(composeGo.program ?? '', ['-format', 'json', 'docker-compose.yml'], {
      cwd: folder,
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  };
  const original = readFileSync(join(REPOSITORY, 'docker-compose.yml'), 'utf8');

  it('accepts docker-compose.yml', () => {
    const { status, stdout, stderr } = load(original);
    expect(status, stderr).toBe(0);
    const { services } = z.object({ services: z.record(z.string(), z.unknown()) }).parse(JSON.parse(stdout));
    expect(Object.keys(services)).toContain('registry');
  });

  it('would tell a mistake', () => {
    const { status, stdout, stderr } = load(
      original.replace('    restart: unless-stopped', '    restrat: unless-stopped'),
    );
    expect(status, `${stdout}${stderr}`).not.toBe(0);
  });
});
