import { readFileSync } from 'node:fs';
import { Kafka, logLevel, type SASLOptions } from 'kafkajs';
import type { KafkaEnv } from '#platform/config';
import type { Logger } from '#platform/logging';

/** kafkajs prints what it retries as errors; to us those are warnings until the retries end, which we see ourselves. */
const LEVELS: Record<number, 'error' | 'warn' | 'debug' | 'trace'> = {
  [logLevel.ERROR]: 'warn',
  [logLevel.WARN]: 'debug',
  [logLevel.INFO]: 'debug',
  [logLevel.DEBUG]: 'trace',
};

function saslOf(config: KafkaEnv): SASLOptions | undefined {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = config;
  if (mechanism === undefined) return undefined;
  if (username === undefined || password === undefined)
    throw new Error(
      `KAFKA_SASL_MECHANISM is ${mechanism}: expected KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD as well.`,
    );
  return { mechanism, username, password };
}

const pem = (file: string | undefined): string | undefined =>
  file === undefined ? undefined : readFileSync(file, 'utf8');

/** A client of the cluster that KAFKA_BROKERS names. Nothing connects before it is used. */
export function createKafka(config: KafkaEnv, clientId: string, logger: Logger): Kafka {
  const sasl = saslOf(config);
  const ca = pem(config.KAFKA_TLS_CA_FILE);
  const cert = pem(config.KAFKA_TLS_CERT_FILE);
  const key = pem(config.KAFKA_TLS_KEY_FILE);
  return new Kafka({
    clientId,
    brokers: config.KAFKA_BROKERS,
    ...(config.KAFKA_TLS
      ? { ssl: { ...(ca ? { ca: [ca] } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) } }
      : {}),
    ...(sasl ? { sasl } : {}),
    connectionTimeout: 3_000,
    requestTimeout: 15_000,
    // Kept short: whoever uses the client has its own, endless, loop around it.
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 5 },
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => {
      const { message, timestamp: _timestamp, logger: _logger, ...details } = entry.log;
      logger[LEVELS[entry.level] ?? 'trace']({ kafka: entry.namespace, ...details }, message);
    },
  });
}

export type { Kafka } from 'kafkajs';
