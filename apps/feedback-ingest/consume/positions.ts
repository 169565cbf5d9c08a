import { Counter } from 'prom-client';
import { judgePosition, type Position, type TopicIdentity } from '#domain/streams/position';
import type { ClusterQuestions } from '#kafka/client/cluster-questions';
import type { Logger } from '#platform/logging';
import type { Incident, Offsets, Place } from '../storage/offsets.js';
import { FEEDBACK_TOPICS } from './read-batch.js';

const lostTotal = new Counter({
  name: 'ratchet_feedback_lost_messages_total',
  help: 'Offsets of a topic that retention had removed before ingest read them.',
  labelNames: ['topic'],
});
const resetTotal = new Counter({
  name: 'ratchet_feedback_resets_total',
  help: 'Partitions that ingest reads from their beginning again, because the topic was made anew (remade) or lost its end (truncated).',
  labelNames: ['topic', 'kind'],
});
for (const topic of FEEDBACK_TOPICS) {
  lostTotal.inc({ topic }, 0);
  for (const kind of ['remade', 'truncated']) resetTotal.inc({ topic, kind }, 0);
}

/** A place in the topic that is there. */
export interface KnownPosition extends Position {
  readonly identity: TopicIdentity;
}

const SENTENCES = {
  remade: 'this is another topic of the same name: it is read from its beginning',
  truncated: 'the topic has lost the end that was read of it: it is read from its beginning',
  lost: 'retention has removed messages before they were read',
} as const;

/** Where ingest continues, held against what Kafka says the topic is. What does not fit is mended, and kept as an incident. */
export class Positions {
  /** Where this process began to read partitions of which nothing has come since, `topic/partition`. */
  private readonly begun = new Map<string, KnownPosition>();

  constructor(
    private readonly offsets: Offsets,
    private readonly cluster: ClusterQuestions,
    private readonly logger: Logger,
  ) {}

  /** Which topic that is, now. Throws when no broker answers, or the topic is not there. */
  async identity(topic: string): Promise<TopicIdentity> {
    const identity = (await this.cluster.identities([topic])).get(topic);
    if (identity === undefined) throw new TopicAway(`Kafka has no topic ${topic}.`);
    return identity;
  }

  /** Where ingest continues in a partition. Throws when Kafka or Postgres does not answer. */
  async of(place: Place): Promise<KnownPosition> {
    for (;;) {
      // In this order, or a place that moves meanwhile would look as if it lay behind the end, and another topic's end like this one's.
      const known = await this.offsets.read(place);
      const ends = await this.cluster.ends([place.topic]);
      const identity = await this.identity(place.topic);
      // A partition that is not there is that of a topic which is being made.
      const { low, high } = ends.find(({ partition }) => partition === place.partition) ?? { low: 0n, high: 0n };
      if (known === null) {
        await this.offsets.begin(place, low, identity);
        continue;
      }
      const { leaderEpoch } = known;
      const epochEnd =
        leaderEpoch === null ? null : await this.cluster.epochEnd(place.topic, place.partition, leaderEpoch);
      const judgement = judgePosition(known, { identity, low, high, epochEnd });
      if (judgement.kind === 'good') {
        if (known.identity === identity) return { ...known, identity };
        await this.offsets.name(place, known, identity);
        continue;
      }
      const incident: Incident = { ...place, ...judgement, known, found: identity };
      if (!(await this.offsets.leave(incident))) continue;
      this.forget(`${place.topic}/${place.partition}`);
      this.tell(incident);
    }
  }

  /** Where reading begins; remembered until something comes, because the database may go back before that. */
  async begin(place: Place): Promise<KnownPosition> {
    const position = await this.of(place);
    this.begun.set(`${place.topic}/${place.partition}`, position);
    return position;
  }

  /** Something has come, or reading begins anew. */
  forget(name: string): void {
    this.begun.delete(name);
  }

  /** Where partitions continue that nothing has come of yet. */
  waiting(): ReadonlyMap<string, KnownPosition> {
    return this.begun;
  }

  private tell({ kind, topic, partition, known, found, next }: Incident): void {
    if (kind === 'lost') lostTotal.inc({ topic }, Number(next - known.expected));
    else resetTotal.inc({ topic, kind });
    const fields = { topic, partition, from: known.expected, to: next, known: known.identity, found };
    this.logger.error(fields, SENTENCES[kind]);
  }
}

/** It may be there again soon. */
class TopicAway extends Error {
  override readonly name = 'TopicAway';
  readonly failureKind = 'temporary';
}
