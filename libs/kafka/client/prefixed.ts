import type {
  Admin,
  Consumer,
  ConsumerRunConfig,
  EachBatchPayload,
  OffsetsByTopicPartition,
  Producer,
  ResourceConfigQuery,
} from 'kafkajs';
import { ConfigResourceTypes } from './kafkajs.js';

/**
 * What KAFKA_TOPIC_PREFIX does: on the broker, names of topics and groups begin with it; on this side of the client nobody sees
 * it. So two installations that share a cluster know their topics by the same names.
 */
interface Named {
  readonly topic: string;
}

const PREFIX = Symbol('what names on the broker begin with');

/** What the names behind an admin client begin with, for those who ask the broker by themselves. */
export function prefixOf(admin: Admin): string {
  return PREFIX in admin && typeof admin[PREFIX] === 'string' ? admin[PREFIX] : '';
}

/** Names on the broker by names on this side, and back. */
function naming(prefix: string) {
  const there = (name: string): string => prefix + name;
  const here = (name: string): string => (name.startsWith(prefix) ? name.slice(prefix.length) : name);
  return {
    there,
    here,
    allThere: (names: readonly string[]): string[] => names.map(there),
    thereIn: <T extends Named>(one: T): T => ({ ...one, topic: there(one.topic) }),
    hereIn: <T extends Named>(one: T): T => ({ ...one, topic: here(one.topic) }),
  };
}

/** The calls that are made here; all others still speak of names as the broker has them. */
export function prefixedAdmin(admin: Admin, prefix: string): Admin {
  if (prefix === '') return admin;
  const { there, here, allThere, thereIn, hereIn } = naming(prefix);
  const prefixed: Partial<Admin> = {
    listTopics: async () => (await admin.listTopics()).filter((name) => name.startsWith(prefix)).map(here),
    createTopics: (options) => admin.createTopics({ ...options, topics: options.topics.map(thereIn) }),
    deleteTopics: (options) => admin.deleteTopics({ ...options, topics: allThere(options.topics) }),
    deleteTopicRecords: (options) => admin.deleteTopicRecords(thereIn(options)),
    fetchTopicOffsets: (topic) => admin.fetchTopicOffsets(there(topic)),
    fetchTopicMetadata: async (options) => {
      const { topics } = await admin.fetchTopicMetadata(options?.topics && { topics: allThere(options.topics) });
      return { topics: topics.map((topic) => ({ ...topic, name: here(topic.name) })) };
    },
    fetchOffsets: async ({ groupId, topics, ...rest }) => {
      const asked = topics && { topics: allThere(topics) };
      return (await admin.fetchOffsets({ ...rest, ...asked, groupId: there(groupId) })).map(hereIn);
    },
    describeConfigs: async ({ resources, ...rest }) => {
      const named = ({ type, name, ...other }: ResourceConfigQuery): ResourceConfigQuery => ({
        ...other,
        type,
        name: type === ConfigResourceTypes.TOPIC ? there(name) : name,
      });
      const answer = await admin.describeConfigs({ ...rest, resources: resources.map(named) });
      return {
        ...answer,
        resources: answer.resources.map((one) => ({ ...one, resourceName: here(one.resourceName) })),
      };
    },
  };
  return Object.assign({ ...admin, ...prefixed }, { [PREFIX]: prefix });
}

export function prefixedProducer(producer: Producer, prefix: string): Producer {
  if (prefix === '') return producer;
  const { thereIn, hereIn } = naming(prefix);
  return {
    ...producer,
    send: async (record) =>
      (await producer.send(thereIn(record))).map((one) => ({
        ...one,
        topicName: hereIn({ topic: one.topicName }).topic,
      })),
    sendBatch: ({ topicMessages = [], ...batch }) =>
      producer.sendBatch({ ...batch, topicMessages: topicMessages.map(thereIn) }),
  };
}

export function prefixedConsumer(consumer: Consumer, prefix: string): Consumer {
  if (prefix === '') return consumer;
  const { there, here, thereIn, hereIn } = naming(prefix);
  const offsetsThere = (offsets: OffsetsByTopicPartition): OffsetsByTopicPartition => ({
    topics: offsets.topics.map(thereIn),
  });
  /** The batch as it is, but for its name. */
  const batchHere = (batch: EachBatchPayload['batch']): EachBatchPayload['batch'] =>
    Object.create(batch, { topic: { value: here(batch.topic), enumerable: true } });
  const runThere = ({ eachBatch, eachMessage, ...options }: ConsumerRunConfig): ConsumerRunConfig => ({
    ...options,
    ...(eachMessage && { eachMessage: (payload) => eachMessage(hereIn(payload)) }),
    ...(eachBatch && {
      eachBatch: (payload) =>
        eachBatch({
          ...payload,
          batch: batchHere(payload.batch),
          commitOffsetsIfNecessary: (offsets) => payload.commitOffsetsIfNecessary(offsets && offsetsThere(offsets)),
          uncommittedOffsets: () => ({ topics: payload.uncommittedOffsets().topics.map(hereIn) }),
        }),
    }),
  });
  // Heard first, these change what everybody hears after them.
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    payload.memberAssignment = Object.fromEntries(
      Object.entries(payload.memberAssignment).map(([topic, partitions]) => [here(topic), partitions]),
    );
  });
  consumer.on(consumer.events.START_BATCH_PROCESS, ({ payload }) => {
    payload.topic = here(payload.topic);
  });
  const nameThere = (topic: string | RegExp): string | RegExp => (typeof topic === 'string' ? there(topic) : topic);
  return {
    ...consumer,
    subscribe: (options) =>
      consumer.subscribe(
        'topics' in options
          ? { ...options, topics: options.topics.map(nameThere) }
          : { ...options, topic: nameThere(options.topic) },
      ),
    run: (options) => consumer.run(options && runThere(options)),
    seek: (place) => consumer.seek(thereIn(place)),
    commitOffsets: (offsets) => consumer.commitOffsets(offsets.map(thereIn)),
  };
}
