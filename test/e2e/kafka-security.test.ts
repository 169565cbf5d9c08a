import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FilesystemStore } from '#artifacts/filesystem-store';
import { PackageStore } from '#artifacts/package-store';
import { VersionSummary } from '#contracts/http/versions';
import { DESIRED_STATE_TOPICS, type EventOf, TOPICS, type Topic } from '#contracts/topics';
import { createKafka } from '#kafka/client/connection';
import { EventProducer } from '#kafka/produce/producer';
import { RawProducer } from '#kafka/produce/raw-producer';
import { type EndOffset, endOffsets } from '#kafka/topics/end-offsets';
import type { TransportMode } from '#kafka/transport';
import type { KafkaEnv } from '#platform/config';
import { createLogger } from '#platform/logging';
import { grants, PRINCIPALS, type Principal } from '../../deploy/kafka/acls.js';
import { freePort } from '../../deploy/local/ports.js';
import type { Child } from '../../deploy/local/processes/child.js';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { serviceProgram } from '../../deploy/local/stack/services.js';
import { until } from '../../deploy/local/until.js';
import { certificateAuthority } from '../stack/certificates.js';
import { runNode } from '../stack/programs.js';
import { type SecuredKafka, securedKafka, setAcls, variables } from '../stack/secured-kafka.js';
import { borrowDatabase } from '../stack/shared/borrow.js';
import { listen } from './listen-as.js';
import { samplePackage } from './model-packages.js';
import { evaluated, RegistryClient, trained } from './registry-client.js';
import { decide } from './serving-world.js';

const logger = createLogger('test', 'silent');
const ALL = Object.keys(TOPICS).filter((name): name is Topic => Object.hasOwn(TOPICS, name));
let kafka: SecuredKafka;

const topicsOf = (principal: Principal, operation: 'Read' | 'Write'): Topic[] => {
  const names = grants()
    .filter((g) => g.principal === principal && g.resource === 'topic' && g.operations.includes(operation))
    .flatMap((g) => g.names);
  return ALL.filter((name) => names.includes(name));
};

const createTopics = (config: KafkaEnv) =>
  runNode([join(REPOSITORY, 'dist/libs/kafka/create-topics.js')], {
    cwd: kafka.folder,
    env: { ...process.env, ...variables(config) },
  });

const acls = (...args: string[]): Promise<string> => setAcls(kafka, ...args);

beforeAll(async () => {
  kafka = await securedKafka(['admin', ...PRINCIPALS]);
  await acls();
});
afterAll(() => kafka?.stop());

const connect = async (config: KafkaEnv): Promise<void> => {
  const admin = createKafka(config, 'test', logger).admin();
  await admin.connect();
  await admin.listTopics();
  await admin.disconnect();
};

describe('a connection', () => {
  it('by the principal that may creates the topics, and no other', async () => {
    const denied = await createTopics(kafka.as('engine'));
    expect(denied.code).not.toBe(0);
    const created = await createTopics(kafka.as('topics'));
    expect(created).toMatchObject({ code: 0, stdout: expect.stringContaining(`Created ${ALL.length} topics`) });
  });

  it.each(['plain', 'scram-sha-512'] as const)('is made with %s over TLS', async (mechanism) => {
    await connect(kafka.as('trainer', mechanism));
  });

  it('is made with a certificate, which names the principal', async () => {
    const { certificate, key } = kafka.engine;
    const config: KafkaEnv = {
      KAFKA_BROKERS: [kafka.mutual],
      KAFKA_TLS: true,
      KAFKA_TLS_CA_FILE: kafka.authority.certificate,
      KAFKA_TLS_CERT_FILE: certificate,
      KAFKA_TLS_KEY_FILE: key,
    };
    const producer = new RawProducer(createKafka(config, 'test', logger));
    await producer.send('automation.outcomes', [{ key: null, value: Buffer.from('{}'), headers: {} }]);
    await expect(
      producer.send('model.promoted', [{ key: null, value: Buffer.from('{}'), headers: {} }]),
    ).rejects.toThrow('deploy/kafka/acls.sh');
    await producer.disconnect();
  });

  it.each<[string, (good: KafkaEnv) => KafkaEnv | Promise<KafkaEnv>, RegExp]>([
    [
      'a wrong password',
      (good) => ({ ...good, KAFKA_SASL_PASSWORD: 'not-it' }),
      /KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD: .*"trainer".*scram-sha-512/,
    ],
    [
      'a wrong password, plain',
      (good) => ({ ...good, KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_PASSWORD: 'not-it' }),
      /KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD: .*"trainer".*plain/,
    ],
    ['an unknown user', (good) => ({ ...good, KAFKA_SASL_USERNAME: 'nobody' }), /KAFKA_SASL_USERNAME.*"nobody"/],
    [
      'a mechanism that is not offered',
      (good) => ({ ...good, KAFKA_SASL_MECHANISM: 'scram-sha-256' }),
      /KAFKA_SASL_MECHANISM: the broker does not offer scram-sha-256/,
    ],
    [
      'no name where one is wanted',
      ({ KAFKA_SASL_MECHANISM: _, KAFKA_SASL_USERNAME: _user, KAFKA_SASL_PASSWORD: _password, ...rest }) => rest,
      /KAFKA_SASL_MECHANISM/,
    ],
    ['an unknown authority', ({ KAFKA_TLS_CA_FILE: _, ...rest }) => rest, /KAFKA_TLS_CA_FILE is not set.*authority/],
    [
      'another authority',
      async (good) => {
        const other = await certificateAuthority(kafka.folder, 'other-authority');
        return { ...good, KAFKA_TLS_CA_FILE: other.certificate };
      },
      /KAFKA_TLS_CA_FILE: .*not signed by an authority in .*other-authority\.pem/,
    ],
    [
      'a certificate for another host',
      (good) => ({ ...good, KAFKA_BROKERS: [kafka.sasl.replace('127.0.0.1', 'localhost')] }),
      /KAFKA_BROKERS: .*certificate is for other names/,
    ],
    [
      'no TLS where it is wanted',
      ({ KAFKA_TLS_CA_FILE: _, ...rest }) => ({ ...rest, KAFKA_TLS: false }),
      /KAFKA_TLS is false/,
    ],
    ['TLS where there is none', (good) => ({ ...good, KAFKA_BROKERS: [kafka.plain] }), /KAFKA_TLS is true/],
    [
      'no certificate where one is wanted',
      ({ KAFKA_TLS_CA_FILE }) => ({ KAFKA_BROKERS: [kafka.mutual], KAFKA_TLS: true, KAFKA_TLS_CA_FILE }),
      /KAFKA_TLS_CERT_FILE and KAFKA_TLS_KEY_FILE are not set|KAFKA_TLS_CERT_FILE/,
    ],
  ])('says which variable to look at: %s', async (_, change, sentence) => {
    const config = await change(kafka.as('trainer'));
    const error = await connect(config).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(String(error)).toMatch(sentence);
    expect(String(error)).not.toContain(kafka.password('trainer'));
    expect(String(error)).not.toContain('not-it');
  });

  it('that cannot be is refused by a service at start, by the name of the variable', async () => {
    const result = await createTopics({ ...kafka.as('topics'), KAFKA_TLS: false });
    expect(result).toMatchObject({
      code: 78,
      stderr: 'configuration: KAFKA_TLS: expected true with KAFKA_TLS_CA_FILE\n',
    });
  });
});

describe('the services, each under a name of its own', () => {
  const running: Child[] = [];
  let postgres: Awaited<ReturnType<typeof borrowDatabase>>;
  let urls: Record<'registry' | 'serving' | 'feedback-ingest', string>;
  let packages: PackageStore;
  const pool = () => new pg.Pool({ connectionString: postgres.url, max: 1 });

  const start = async (app: 'registry' | 'serving' | 'feedback-ingest' | 'trainer' | 'evaluator'): Promise<string> => {
    const port = await freePort();
    const parts = { home: kafka.folder, brokers: kafka.sasl, databaseUrl: postgres.url };
    const name = app === 'serving' ? 'serving-1' : app;
    const program = serviceProgram(parts, { name, app, port }, variables(kafka.as(app)));
    running.push(await program.start(new AbortController().signal));
    return `http://127.0.0.1:${port}`;
  };

  beforeAll(async () => {
    postgres = await borrowDatabase('migrated');
    packages = new PackageStore(new FilesystemStore(pathToFileURL(`${join(kafka.folder, 'artifacts')}/`)));
    const [registry, serving, ingest] = await Promise.all([
      start('registry'),
      start('serving'),
      start('feedback-ingest'),
    ]);
    urls = { registry, serving, 'feedback-ingest': ingest };
  });
  afterAll(async () => {
    await Promise.all(running.map((child) => child.stop()));
    await postgres?.stop();
  });

  const published = async <T extends Topic>(principal: Principal, topic: T, event: EventOf<T>): Promise<void> => {
    const client = createKafka(kafka.as(principal), 'test', logger);
    const producer = new EventProducer({ kafka: client, source: `test/${principal}`, logger });
    await producer.publish(topic, event);
    await producer.disconnect();
  };
  const answering = (version: string) =>
    until(`${version} to answer`, async () => (await decide(urls.serving)).body.model_version === version);

  it('bring a version from training to the engine, and follow the commands of operators', async () => {
    for (const [name, odds] of [
      ['first', [1, -1]],
      ['second', [-1, 1]],
    ] as const) {
      const { digest, uri } = await packages.write(samplePackage({ odds }));
      const training = trained(name, { digest, artifact_uri: uri, auto_deploy: name === 'first' });
      await published('trainer', 'model.trained', training);
      await published('evaluator', 'model.evaluated', evaluated(training, 'pass'));
    }
    await answering('v1.0.0');
    const command = { model: 'backlink-outcome', reason: 'a test', actor: 'alice' };
    const registry = new RegistryClient(urls.registry, (await readFile(join(kafka.folder, 'token'), 'utf8')).trim());
    await until(
      'the second version',
      async () => (await registry.get(z.array(VersionSummary), '/v1/models/backlink-outcome/versions')).length === 2,
    );
    await published('operators', 'model.deploy-requested', { ...command, command_id: randomUUID(), version: 'v1.1.0' });
    await answering('v1.1.0');
    await published('operators', 'model.rollback-requested', { ...command, command_id: randomUUID() });
    await answering('v1.0.0');
  });

  it('log what they decide, and store it', async () => {
    const database = pool();
    await until('predictions to be stored', async () => {
      const { rows } = await database.query<{ n: number }>('select count(*)::int as n from feedback.predictions');
      return (rows[0]?.n ?? 0) > 0;
    });
    await database.end();
  });

  it('are ready, the trainer and the evaluator too', async () => {
    await start('trainer');
    await start('evaluator');
    expect(running).toHaveLength(5);
  });
});

const MODES: Partial<Record<Principal, { group: string; mode: TransportMode }[]>> = {
  registry: [
    { group: 'ratchet-registry', mode: 'group' },
    { group: 'ratchet-registry-watch', mode: 'broadcast' },
  ],
  'feedback-ingest': [{ group: 'ratchet.feedback-ingest', mode: 'group' }],
  trainer: [{ group: 'ratchet.trainer', mode: 'group' }],
  evaluator: [{ group: 'ratchet.evaluator', mode: 'group' }],
  serving: [{ group: 'serving.serving-1', mode: 'broadcast' }],
  operators: [{ group: 'operators.console', mode: 'group' }],
};

const message = (key: string) => [{ key: Buffer.from(key), value: Buffer.from('{}'), headers: {} }];

describe('every principal', () => {
  const run = randomUUID();

  it.each(PRINCIPALS.filter((p) => topicsOf(p, 'Write').length > 0))('%s writes its topics', async (principal) => {
    const producer = new RawProducer(createKafka(kafka.as(principal), 'test', logger));
    for (const topic of topicsOf(principal, 'Write')) await producer.send(topic, message(run));
    await producer.disconnect();
  });

  it.each(Object.entries(MODES))('%s reads its topics in its groups', async (name, groups) => {
    const principal = PRINCIPALS.find((each) => each === name) ?? 'engine';
    for (const group of groups) {
      const topics = topicsOf(principal, 'Read');
      const { seen, app } = await listen(kafka.as(principal), group, topics);
      await until(`${name} to read all its topics`, () => topics.every((topic) => seen.has(`${topic} ${run}`)));
      await app.close();
    }
  });

  it('is refused every topic that is not its own, and nothing gets there', async () => {
    const admin = createKafka(kafka.as('admin'), 'test', logger);
    const ends = async (): Promise<EndOffset[]> => endOffsets(admin, ALL);
    const before = await ends();
    const allowed: string[] = [];
    for (const principal of PRINCIPALS) {
      const producer = new RawProducer(createKafka(kafka.as(principal), 'test', logger));
      for (const topic of ALL.filter((each) => !topicsOf(principal, 'Write').includes(each)))
        await producer.send(topic, message('stolen')).then(
          () => allowed.push(`${principal} wrote ${topic}`),
          (error: unknown) => expect(String(error)).toMatch(/not authorized|does not allow/i),
        );
      await producer.disconnect();
    }
    expect(allowed).toEqual([]);
    expect(await ends()).toEqual(before);
  });
});

describe('a stranger', () => {
  it.each<[string, Principal, Topic]>([
    ['the engine cannot write a rollback command', 'engine', 'model.rollback-requested'],
    ['serving cannot write what is live', 'serving', 'model.promoted'],
    ['the trainer cannot write a deploy command', 'trainer', 'model.deploy-requested'],
    ...DESIRED_STATE_TOPICS.map((topic): [string, Principal, Topic] => [
      `operators cannot write ${topic}`,
      'operators',
      topic,
    ]),
  ])('%s', async (_, principal, topic) => {
    const producer = new RawProducer(createKafka(kafka.as(principal), 'test', logger));
    await expect(producer.send(topic, message('x'))).rejects.toThrow(
      new RegExp(`does not allow "${principal}".*deploy/kafka/acls\\.sh`),
    );
    await producer.disconnect();
  });

  it('cannot read what is not for it, or in the group of another', async () => {
    const admin = createKafka(kafka.as('engine'), 'test', logger).consumer({ groupId: 'serving.stolen' });
    await admin.connect();
    await expect(admin.subscribe({ topic: 'predictions', fromBeginning: true })).rejects.toThrow('does not allow');
    await admin.disconnect();
    const { transport, seen, app } = await listen(kafka.as('trainer'), { group: 'ratchet.evaluator', mode: 'group' }, [
      'training.requested',
    ]);
    const owner = await listen(kafka.as('trainer'), { group: 'ratchet.trainer', mode: 'group' }, [
      'training.requested',
    ]);
    await until('the trainer to have joined its own group', () => owner.transport.health() === null);
    expect(transport.health()).toContain('has not joined');
    expect(seen.size).toBe(0);
    await Promise.all([app.close(), owner.app.close()]);
  });

  it('gets no transactional id', async () => {
    const producer = createKafka(kafka.as('registry'), 'test', logger).producer({
      transactionalId: 'registry',
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await producer.connect();
    await expect(producer.transaction()).rejects.toThrow(/coordinator|authoriz/i);
    await producer.disconnect();
  });
});

describe('acls.sh', () => {
  it('takes back what it gave, of those named', async () => {
    await acls('--remove', 'engine');
    const producer = new RawProducer(createKafka(kafka.as('engine'), 'test', logger));
    await until('the engine to be refused', () =>
      producer.send('automation.outcomes', message('late')).then(
        () => false,
        () => true,
      ),
    );
    await producer.disconnect();
    const serving = new RawProducer(createKafka(kafka.as('serving'), 'test', logger));
    await serving.send('model.loaded', message('still'));
    await serving.disconnect();
  });
});
