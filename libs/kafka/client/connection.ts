import type {
  Admin,
  CompressionTypes,
  Consumer,
  ConsumerConfig,
  Kafka,
  KafkaConfig,
  Producer,
  SASLOptions,
} from 'kafkajs';
import type { KafkaEnv } from '#platform/config';
import { DEFAULT_COMPRESSION, kafkaSettingProblems, tlsFiles } from '#platform/kafka-settings';
import type { Logger } from '#platform/logging';
import { CODEC_IDS } from '../records/codecs.js';
import { explainKafkaFailure } from './explain-failure.js';
import { Kafka as KafkaClient, logLevel } from './kafkajs.js';
import { prefixedAdmin, prefixedConsumer, prefixedProducer } from './prefixed.js';

/** kafkajs prints what it retries as errors; to us those are warnings until the retries end, which we see ourselves. */
const LEVELS: Record<number, 'error' | 'warn' | 'debug' | 'trace'> = {
  [logLevel.ERROR]: 'warn',
  [logLevel.WARN]: 'debug',
  [logLevel.INFO]: 'debug',
  [logLevel.DEBUG]: 'trace',
};

function saslOf(config: KafkaEnv): SASLOptions | undefined {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = config;
  return mechanism === undefined || username === undefined || password === undefined
    ? undefined
    : { mechanism, username, password };
}

type Async<A extends unknown[], R> = (...args: A) => Promise<R>;

/** Asked before anything is read or written; rejects while it must not be. */
export type Admit = () => Promise<void>;

/** A client whose failures say which setting they come from, wherever a service first meets them. */
class ExplainingKafka extends KafkaClient {
  /** What producers use that do not say otherwise. */
  private readonly compression: CompressionTypes;
  private readonly prefix: string;

  constructor(
    options: KafkaConfig,
    private readonly config: KafkaEnv,
    private readonly admit: Admit,
  ) {
    super(options);
    this.compression = CODEC_IDS[config.KAFKA_COMPRESSION ?? DEFAULT_COMPRESSION];
    this.prefix = config.KAFKA_TOPIC_PREFIX ?? '';
  }

  override admin(...args: Parameters<Kafka['admin']>): Admin {
    const admin = prefixedAdmin(super.admin(...args), this.prefix);
    return {
      ...admin,
      connect: this.explained(admin.connect),
      listTopics: this.explained(admin.listTopics),
      createTopics: this.explained(admin.createTopics),
      fetchTopicOffsets: this.explained(admin.fetchTopicOffsets),
    };
  }

  override producer(...args: Parameters<Kafka['producer']>): Producer {
    const producer = prefixedProducer(super.producer(...args), this.prefix);
    const { compression } = this;
    return {
      ...producer,
      connect: this.explained(() => this.admit().then(producer.connect)),
      send: this.explained((record) => producer.send({ compression, ...record })),
      sendBatch: this.explained((batch) => producer.sendBatch({ compression, ...batch })),
    };
  }

  override consumer(options: ConsumerConfig): Consumer {
    const consumer = prefixedConsumer(
      super.consumer({ ...options, groupId: this.prefix + options.groupId }),
      this.prefix,
    );
    return {
      ...consumer,
      connect: this.explained(() => this.admit().then(consumer.connect)),
      subscribe: this.explained(consumer.subscribe),
    };
  }

  private explained<A extends unknown[], R>(call: Async<A, R>): Async<A, R> {
    return (...args) =>
      call(...args).catch((error: unknown) => {
        const explanation = explainKafkaFailure(error, this.config);
        throw explanation === null ? error : new Error(`Kafka: ${explanation}.`, { cause: error });
      });
  }
}

/**
 * A client of the cluster that KAFKA_BROKERS names. Nothing connects before it is used. Throws when the settings do not
 * fit together.
 *
 * @param admit asked before its producers and consumers connect
 */
export function createKafka(
  config: KafkaEnv,
  clientId: string,
  logger: Logger,
  admit: Admit = async () => undefined,
): Kafka {
  const [problem] = kafkaSettingProblems(config);
  if (problem !== undefined) throw new Error(problem);
  const sasl = saslOf(config);
  const tls = tlsFiles(config);
  return new ExplainingKafka(
    {
      clientId,
      brokers: config.KAFKA_BROKERS,
      ...(tls === null ? {} : { ssl: { ...tls, ...(tls.ca === undefined ? {} : { ca: [tls.ca] }) } }),
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
    },
    config,
    admit,
  );
}

export type { Kafka } from 'kafkajs';
