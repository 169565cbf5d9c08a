import type { Admin } from 'kafkajs';
import { type AnswerReader, clusterOf, Decoder, Encoder, protocolError } from '../client/kafkajs.js';
import { prefixOf } from '../client/prefixed.js';

const OFFSET_FOR_LEADER_EPOCH = 23;
const VERSION = 2;
const ANY = -1;
/** Whoever may not ask, or asks a broker that does not know the question, reads on as before there was an answer. */
const NEVER_TOLD = [29, 35];

function readPartition(reader: AnswerReader): { error: number; end: bigint } {
  const error = reader.readInt16();
  reader.readInt32();
  reader.readInt32();
  return { error, end: BigInt(reader.readInt64().toString()) };
}

/** The end in an answer to OffsetForLeaderEpoch, version 2 (KIP-320); null where the broker knows none. Throws what is to be asked again. */
export function readEpochEnd(reader: AnswerReader): bigint | null {
  reader.readInt32();
  const topics = reader.readArray((each) => {
    each.readString();
    return each.readArray(readPartition);
  });
  const found = topics[0]?.[0];
  if (found === undefined || NEVER_TOLD.includes(found.error)) return null;
  if (found.error !== 0) throw protocolError(found.error);
  return found.end < 0n ? null : found.end;
}

const requestFor = (topic: string, partition: number, epoch: number) => ({
  apiKey: OFFSET_FOR_LEADER_EPOCH,
  apiVersion: VERSION,
  apiName: 'OffsetForLeaderEpoch',
  encode: async () =>
    new Encoder().writeArray([
      new Encoder()
        .writeString(topic)
        .writeArray([new Encoder().writeInt32(partition).writeInt32(ANY).writeInt32(epoch)]),
    ]),
});

const response = {
  decode: async (bytes: Buffer) => readEpochEnd(new Decoder(bytes)),
  parse: async (end: bigint | null) => end,
};

/**
 * Where a partition ends as far as leaders up to this epoch have written it: what was read behind that is gone, and what stands there now is
 * something else. Null where the broker does not know. The admin is connected.
 */
export async function askEpochEnd(
  admin: Admin,
  topic: string,
  partition: number,
  epoch: number,
): Promise<bigint | null> {
  const cluster = clusterOf(admin);
  const asked = prefixOf(admin) + topic;
  await cluster.addTargetTopic(asked);
  await cluster.refreshMetadata();
  const [leader] = Object.keys(cluster.findLeaderForPartitions(asked, [partition]));
  if (leader === undefined) return null;
  const broker = await cluster.findBroker({ nodeId: leader });
  if ((broker.versions?.[OFFSET_FOR_LEADER_EPOCH]?.maxVersion ?? VERSION) < VERSION) return null;
  return broker.connectionPool.send({ request: requestFor(asked, partition, epoch), response });
}
