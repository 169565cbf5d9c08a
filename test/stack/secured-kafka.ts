import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { KafkaEnv } from '#platform/config';
import { KAFKA_VERSION } from '../../deploy/local/fetch/artifacts.js';
import { copyDependencies } from '../../deploy/local/fetch/maven.js';
import { freePorts } from '../../deploy/local/ports.js';
import { DEFAULT_HOME, REPOSITORY } from '../../deploy/local/repository.js';
import { type Authority, type Certificate, certificateAuthority, signedCertificate } from './certificates.js';
import { testKafka } from './infrastructure.js';

export interface SecuredKafka {
  readonly folder: string;
  /** Listens for SASL_SSL. */
  readonly sasl: string;
  /** Listens for SSL, and wants a certificate of its clients. */
  readonly mutual: string;
  /** Speaks without TLS. */
  readonly plain: string;
  readonly authority: Authority;
  /** Of the client that is the principal `engine` on the mutual listener. */
  readonly engine: Certificate;
  readonly password: (user: string) => string;
  /** KAFKA_* of a user of the SASL_SSL listener. */
  readonly as: (user: string, mechanism?: KafkaEnv['KAFKA_SASL_MECHANISM']) => KafkaEnv;
  stop(): Promise<void>;
}

/** Kafka's administration tools, which are no part of the broker; fetched once. */
async function adminTools(): Promise<string> {
  const folder = join(DEFAULT_HOME, `kafka-tools-${KAFKA_VERSION}`);
  if (existsSync(folder)) return folder;
  await mkdir(DEFAULT_HOME, { recursive: true });
  const draft = await mkdtemp(join(DEFAULT_HOME, 'fetch-'));
  try {
    const jars = join(draft, 'jars');
    await copyDependencies(
      [{ coordinates: `org.apache.kafka:kafka-tools:${KAFKA_VERSION}`, transitive: false }],
      draft,
      jars,
    );
    await rename(jars, folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return folder;
}

/** Writes what stands for kafka-acls.sh of a Kafka distribution, and returns its path. */
async function kafkaAclsProgram(folder: string): Promise<string> {
  const path = join(folder, 'kafka-acls.sh');
  const classes = `${join(DEFAULT_HOME, 'kafka', '*')}:${join(await adminTools(), '*')}`;
  const java = `exec java -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp '${classes}'`;
  await writeFile(path, `#!/bin/sh\n${java} org.apache.kafka.tools.AclCommand "$@"\n`, { mode: 0o755 });
  return path;
}

/**
 * A Kafka that knows its users by name: SCRAM-SHA-512 and PLAIN over TLS, certificates on another listener, and an
 * authorizer that refuses whatever is not allowed. `admin` may do everything.
 */
export async function securedKafka(users: readonly string[]): Promise<SecuredKafka> {
  const folder = await mkdtemp(join(tmpdir(), 'ratchet-secured-'));
  const authority = await certificateAuthority(folder, 'test-authority');
  const broker = await signedCertificate(authority, 'broker', 'IP:127.0.0.1');
  const engine = await signedCertificate(authority, 'engine');
  const password = (user: string): string => `password-of-${user}`;
  const [saslPort = 0, mutualPort = 0] = await freePorts(2);
  const login = 'org.apache.kafka.common.security';
  const plainUsers = users.map((user) => `user_${user}="${password(user)}"`).join(' ');
  const kafka = await testKafka({
    listeners: [`SASL_SSL://127.0.0.1:${saslPort}`, `SSL://127.0.0.1:${mutualPort}`],
    settings: {
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL',
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      // The broker speaks with itself on the plain listener, where everybody is anonymous.
      'super.users': 'User:ANONYMOUS;User:admin',
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': broker.both,
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': authority.certificate,
      'listener.name.ssl.ssl.client.auth': 'required',
      'listener.name.ssl.ssl.principal.mapping.rules': 'RULE:^CN=([^,]+)$/$1/',
      'listener.name.sasl_ssl.sasl.enabled.mechanisms': 'SCRAM-SHA-512,PLAIN',
      'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': `${login}.scram.ScramLoginModule required;`,
      'listener.name.sasl_ssl.plain.sasl.jaas.config': `${login}.plain.PlainLoginModule required ${plainUsers};`,
    },
    formatArgs: users.flatMap((user) => ['--add-scram', `SCRAM-SHA-512=[name=${user},password=${password(user)}]`]),
  });
  const sasl = `127.0.0.1:${saslPort}`;
  return {
    folder,
    sasl,
    mutual: `127.0.0.1:${mutualPort}`,
    plain: kafka.brokers,
    authority,
    engine,
    password,
    as: (user, mechanism = 'scram-sha-512') => ({
      KAFKA_BROKERS: [sasl],
      KAFKA_SASL_MECHANISM: mechanism,
      KAFKA_SASL_USERNAME: user,
      KAFKA_SASL_PASSWORD: password(user),
      KAFKA_TLS: true,
      KAFKA_TLS_CA_FILE: authority.certificate,
    }),
    async stop() {
      await kafka.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** As variables of the environment, the way a service is given them. */
export const variables = (config: KafkaEnv): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(config).map(([name, value]) => [name, String(value)])),
  KAFKA_BROKERS: config.KAFKA_BROKERS.join(','),
});

/** Runs deploy/kafka/acls.sh as `admin`. */
export async function setAcls(kafka: SecuredKafka, ...args: string[]): Promise<string> {
  const config = join(kafka.folder, 'admin.properties');
  const login = 'org.apache.kafka.common.security.scram.ScramLoginModule required';
  await writeFile(
    config,
    `security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\nssl.truststore.type=PEM\nssl.truststore.location=${kafka.authority.certificate}\n` +
      `sasl.jaas.config=${login} username="admin" password="${kafka.password('admin')}";\n`,
  );
  const { stdout } = await promisify(execFile)(
    join(REPOSITORY, 'deploy/kafka/acls.sh'),
    ['--bootstrap-server', kafka.sasl, '--command-config', config, ...args],
    { env: { ...process.env, KAFKA_ACLS: await kafkaAclsProgram(kafka.folder) } },
  );
  return stdout;
}
