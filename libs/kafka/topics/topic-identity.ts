import type { Admin } from 'kafkajs';
import type { TopicIdentity } from '#domain/streams/position';
import { type AnswerReader, clusterOf, Decoder, Encoder, type RequestEncoder } from '../client/kafkajs.js';
import { prefixOf } from '../client/prefixed.js';

const METADATA = 3;
/** The first that answers with ids of topics. */
const VERSION = 10;
const NO_ID = Buffer.alloc(16);

/** Kafka's tools write ids in base64 for URLs. */
const idOf = (bytes: Buffer): string => (bytes.equals(NO_ID) ? '' : bytes.toString('base64url'));

function readPartition(reader: AnswerReader): void {
  reader.readInt16();
  reader.readInt32();
  reader.readInt32();
  reader.readInt32();
  for (let list = 0; list < 3; list++) reader.readUVarIntArray((each) => each.readInt32());
  reader.readTaggedFields();
}

function readTopic(reader: AnswerReader): { error: number; name: string; id: string } {
  const error = reader.readInt16();
  const name = reader.readUVarIntString() ?? '';
  const id = idOf(reader.readBytes(16));
  reader.readBoolean();
  reader.readUVarIntArray(readPartition);
  reader.readInt32();
  reader.readTaggedFields();
  return { error, name, id };
}

function readBroker(reader: AnswerReader): void {
  reader.readInt32();
  reader.readUVarIntString();
  reader.readInt32();
  reader.readUVarIntString();
  reader.readTaggedFields();
}

/** The identities in an answer to Metadata, version 10 (KIP-516); topics that the broker does not have are left out. */
export function readIdentities(reader: AnswerReader): Map<string, TopicIdentity> {
  reader.readTaggedFields();
  reader.readInt32();
  reader.readUVarIntArray(readBroker);
  const cluster = reader.readUVarIntString() ?? '';
  reader.readInt32();
  const topics = reader.readUVarIntArray(readTopic) ?? [];
  return new Map(topics.flatMap(({ error, name, id }) => (error === 0 ? [[name, `${cluster}/${id}`]] : [])));
}

/** Topics are asked for by name; that leaves sixteen bytes empty. */
const noId = (encoder: RequestEncoder): RequestEncoder =>
  encoder.writeInt32(0).writeInt32(0).writeInt32(0).writeInt32(0);

const requestFor = (topics: readonly string[]) => ({
  apiKey: METADATA,
  apiVersion: VERSION,
  apiName: 'Metadata',
  encode: async () =>
    new Encoder()
      // The header of a request of this form ends with fields that have a tag; there are none, here and below.
      .writeUVarInt(0)
      .writeUVarIntArray(topics.map((topic) => noId(new Encoder()).writeUVarIntString(topic).writeUVarInt(0)))
      // Nothing is created by asking, and nobody asks what is allowed.
      .writeBoolean(false)
      .writeBoolean(false)
      .writeBoolean(false)
      .writeUVarInt(0),
});

const response = {
  decode: async (bytes: Buffer) => readIdentities(new Decoder(bytes)),
  parse: async (identities: Map<string, TopicIdentity>) => identities,
};

/** The identities of these topics; those that are not there are left out. The admin is connected. Throws when no broker answers. */
export async function askIdentities(admin: Admin, topics: readonly string[]): Promise<Map<string, TopicIdentity>> {
  const { brokerPool } = clusterOf(admin);
  const prefix = prefixOf(admin);
  const asked = topics.map((topic) => prefix + topic);
  await brokerPool.refreshMetadataIfNecessary([]);
  const answer = await brokerPool.withBroker(async ({ broker }) => {
    if ((broker.versions?.[METADATA]?.maxVersion ?? VERSION) < VERSION) return 'old' as const;
    return broker.connectionPool.send({ request: requestFor(asked), response });
  });
  if (answer === null) throw new Error('Kafka: no broker says which topics there are.');
  if (answer !== 'old') return new Map([...answer].map(([name, identity]) => [name.slice(prefix.length), identity]));
  const { clusterId } = await admin.describeCluster();
  const existing = new Set(await admin.listTopics());
  return new Map(topics.filter((topic) => existing.has(topic)).map((topic) => [topic, `${clusterId}/`]));
}
