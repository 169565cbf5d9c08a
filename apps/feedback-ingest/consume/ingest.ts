import { Inject, Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';
import { classifyFailure } from '#domain/failures/classify';
import { Rejected } from '#domain/feedback/record';
import type { FeedbackRules } from '#domain/feedback/rules';
import { type FeatureProblem, problemLabel } from '#domain/rows/known-features';
import type { RawMessage } from '#kafka/message';
import type { BatchResult, IncomingBatch } from '#kafka/transport';
import { LiveDefinitions } from '#platform/live-definitions';
import type { Logger } from '#platform/logging';
import { preciseNow, tracing } from '#platform/tracing/tracing';
import { FolderLoop } from '../fold/folder-loop.js';
import { FEEDBACK_RULES, LOGGER } from '../keys.js';
import { PlainMessages } from '../plain/plain-messages.js';
import type { Place } from '../storage/offsets.js';
import type { RecordRows } from '../storage/rows.js';
import { EventRows, PredictionRows } from '../storage/rows.js';
import { FeedbackStore, isDataError } from '../storage/store.js';
import { type KnownPosition, Positions } from './positions.js';
import { type FeedbackTopic, type MessageSource, type ReadBatch, readBatch, rejectedMessage } from './read-batch.js';

const messagesTotal = new Counter({
  name: 'ratchet_ingest_messages_total',
  help: 'Messages taken from Kafka, by what became of them: stored, duplicate or dead_letter.',
  labelNames: ['topic', 'outcome'],
});
const rejectedTotal = new Counter({
  name: 'ratchet_ingest_rejected_total',
  help: 'Messages that became dead letters, by reason.',
  labelNames: ['topic', 'reason'],
});
const lag = new Gauge({
  name: 'ratchet_ingest_lag_messages',
  help: 'Messages in a partition that are not stored yet, as of the last batch.',
  labelNames: ['topic', 'partition'],
});
const batchSize = new Histogram({
  name: 'ratchet_ingest_batch_messages',
  help: 'Messages in one transaction.',
  labelNames: ['topic'],
  buckets: [1, 10, 100, 500, 1000, 2500, 5000, 10_000, 20_000],
});
const batchSeconds = new Histogram({
  name: 'ratchet_ingest_batch_seconds',
  help: 'From a batch being handed over to its commit.',
  labelNames: ['topic'],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
});
const fencedTotal = new Counter({
  name: 'ratchet_ingest_fenced_total',
  help: 'Batches given up because another instance had moved the partition on.',
  labelNames: ['topic'],
});

const featureProblems = new Counter({
  name: 'ratchet_ingest_feature_problems_total',
  help: 'Features of outcomes that counted as missing because their model does not know them (feature="unknown") or their type is wrong.',
  labelNames: ['model', 'feature', 'problem'],
});
const noteFeature = (model: string, found: FeatureProblem): void =>
  featureProblems.inc({ model, feature: problemLabel(found), problem: found.problem });

/** A partition with more messages left than this is catching up. */
const BACKLOG = 10_000;

/** A definition that was published a moment ago is here by then … */
const JUST_NOW_MS = 1_000;
/** … and whoever keeps naming a model that is not there delays nobody more often than this. */
const BETWEEN_WAITS_MS = 10_000;

/** False when it is asked first, and true at the next change. */
function oncePerChange(): () => boolean {
  let asked = false;
  return () => {
    const changed = asked;
    asked = true;
    return changed;
  };
}

/** Where a partition continues, as far as this process knows. */
interface HeldPosition extends KnownPosition {
  /** False until a batch began where Postgres says, or as near as Kafka still has it. */
  readonly confirmed: boolean;
}

/** Stores what Kafka brings, exactly once: Postgres, not Kafka, says where each partition continues. */
@Injectable()
export class Ingest {
  private readonly held = new Map<string, HeldPosition>();
  private reading: Promise<unknown> = Promise.resolve();
  private waitNoMoreUntil = 0;
  private readonly plain: PlainMessages;

  constructor(
    @Inject(FeedbackStore) private readonly store: FeedbackStore,
    @Inject(Positions) private readonly positions: Positions,
    @Inject(FEEDBACK_RULES) rules: FeedbackRules,
    @Inject(LiveDefinitions) private readonly definitions: LiveDefinitions,
    @Inject(FolderLoop) private readonly folder: FolderLoop,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.plain = new PlainMessages(rules);
  }

  /**
   * Takes a batch of one partition. Throws when Postgres cannot be reached, in which case nothing was stored or it is
   * not known, and the offset is read anew before the next attempt.
   */
  async take(topic: FeedbackTopic, batch: IncomingBatch): Promise<BatchResult> {
    const place: Place = { topic, partition: batch.partition };
    const name = `${topic}/${batch.partition}`;
    this.positions.forget(name);
    try {
      const position = await this.positionFor(place, batch);
      const { expected, identity } = position;
      this.held.set(name, { ...position, confirmed: true });
      const first = BigInt(batch.messages[0]?.offset ?? expected);
      // Kafka may have started elsewhere, or have other messages there by now.
      if (first > expected && !position.confirmed) return { next: expected };
      const messages =
        first >= expected ? batch.messages : batch.messages.filter(({ offset }) => BigInt(offset) >= expected);
      const last = messages.at(-1);
      if (last === undefined) return { next: expected };
      const { end: next, leaderEpoch } = batch;
      const source = { topic, partition: batch.partition, identity, leaderEpoch };
      const moved = await this.storeAll(source, messages, expected, next);
      if (!moved) {
        fencedTotal.inc({ topic });
        const current = await this.positions.of(place);
        this.logger.info(
          { ...place, expected, current: current.expected },
          'another instance has moved the partition on',
        );
        this.held.set(name, { ...current, confirmed: true });
        return { next: current.expected };
      }
      this.held.set(name, { expected: next, identity, leaderEpoch, confirmed: true });
      const behind = Math.max(0, Number(BigInt(batch.highWatermark) - next));
      lag.set({ topic, partition: batch.partition }, behind);
      if (behind > BACKLOG) this.folder.holdBack();
      return { next };
    } catch (error) {
      this.held.delete(name);
      throw error;
    }
  }

  /** Where this process believes that each partition continues, `topic/partition`, as of now. */
  believed(): Map<string, KnownPosition> {
    return new Map([...this.held, ...this.positions.waiting()]);
  }

  /** Asks Postgres before the next batch. */
  forget(name: string): void {
    this.held.delete(name);
    this.positions.forget(name);
  }

  /** Where the partition continues. The topic is asked for after the fetch: what was fetched is of that one, or older. */
  private async positionFor(
    place: Place,
    { messages, highWatermark, leaderEpoch }: IncomingBatch,
  ): Promise<HeldPosition> {
    const held = this.held.get(`${place.topic}/${place.partition}`);
    if (held === undefined || held.identity !== (await this.positions.identity(place.topic)))
      return { ...(await this.positions.of(place)), confirmed: false };
    const { expected, confirmed } = held;
    // Another leader may have had less of it, and have written something else where this one had been read.
    if (held.leaderEpoch !== null && leaderEpoch !== null && leaderEpoch > held.leaderEpoch) {
      const found = await this.positions.of(place);
      return found.expected === expected ? { ...found, leaderEpoch, confirmed } : { ...found, confirmed: false };
    }
    const first = BigInt(messages[0]?.offset ?? expected);
    if (expected > BigInt(highWatermark)) return { ...(await this.positions.of(place)), confirmed: false };
    // Retention has removed messages, unless these are the markers of transactions.
    if (first > expected && confirmed) return { ...(await this.positions.of(place)), confirmed: true };
    return held;
  }

  /**
   * Stores the messages in one transaction; where that fails for what is in them, in halves, until the one at fault stands alone
   * and becomes a dead letter. False if another instance was faster.
   */
  private async storeAll(
    source: MessageSource,
    messages: readonly RawMessage[],
    expected: bigint,
    next: bigint,
  ): Promise<boolean> {
    try {
      return await this.storeMessages(source, messages, expected, next);
    } catch (error) {
      if (classifyFailure(error) === 'temporary') throw error;
      this.logger.error(
        { err: error, ...source, messages: messages.length },
        'a batch cannot be stored; looking for the message',
      );
      const middle = messages.length >> 1;
      const second = messages[middle];
      if (second === undefined) throw error;
      if (middle === 0) return this.refuse(source, second, error, expected, next);
      const between = BigInt(second.offset);
      return (
        (await this.storeAll(source, messages.slice(0, middle), expected, between)) &&
        (await this.storeAll(source, messages.slice(middle), between, next))
      );
    }
  }

  private async refuse(
    source: MessageSource,
    message: RawMessage,
    error: unknown,
    expected: bigint,
    next: bigint,
  ): Promise<boolean> {
    const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const rejection = { ...rejectedMessage(source, message, { reason: 'failed', field: null, detail }, Date.now()) };
    const stack = error instanceof Error ? (error.stack ?? null) : null;
    const records = source.topic === 'predictions' ? new PredictionRows(0) : new EventRows(0);
    const advance = { ...source, expected, next };
    const result = await this.store.store({ records, rejected: [{ ...rejection, stack }] }, advance);
    records.rows.release();
    if (result.kind === 'fenced') return false;
    messagesTotal.inc({ topic: source.topic, outcome: 'dead_letter' });
    rejectedTotal.inc({ topic: source.topic, reason: 'failed' });
    return true;
  }

  /** False if another instance was faster. */
  private async storeMessages(
    source: MessageSource,
    messages: readonly RawMessage[],
    expected: bigint,
    next: bigint,
  ): Promise<boolean> {
    const { topic } = source;
    const stop = batchSeconds.startTimer({ topic });
    const from = preciseNow();
    const batch = await this.readInTurn(source, messages);
    const result = await this.storeRefusals(source, batch, expected, next);
    batch.records.rows.release();
    if (result.kind === 'fenced') return false;
    stop();
    batchSize.observe({ topic }, messages.length);
    messagesTotal.inc({ topic, outcome: 'stored' }, result.stored);
    messagesTotal.inc({ topic, outcome: 'duplicate' }, result.duplicates);
    messagesTotal.inc({ topic, outcome: 'dead_letter' }, result.deadLetters);
    for (const { reason } of batch.rejected) rejectedTotal.inc({ topic, reason });
    traceStored(topic, batch, from);
    if (result.stored > 0) this.folder.wake();
    return true;
  }

  /**
   * One batch is read at a time, so that each is ready for Postgres as early as can be: while it is written, the next
   * one is read.
   */
  private readInTurn(source: MessageSource, messages: readonly RawMessage[]): Promise<ReadBatch> {
    const batch = this.reading.then(() => this.readKnowing(source, messages));
    this.reading = batch.catch(() => undefined);
    return batch;
  }

  /** Reads a batch by the definitions as they are; one that names a model nobody knows may be ahead of its definition. */
  private async readKnowing(source: MessageSource, messages: readonly RawMessage[]): Promise<ReadBatch> {
    await this.definitions.ready();
    const batch = await readBatch(source, messages, this.plain, Date.now(), noteFeature);
    const unknown = batch.rejected.some(({ reason }) => reason === 'unknown-model');
    if (!unknown || Date.now() < this.waitNoMoreUntil) return batch;
    this.waitNoMoreUntil = Date.now() + BETWEEN_WAITS_MS;
    const news = await this.definitions.until(oncePerChange(), JUST_NOW_MS);
    if (!news) return batch;
    batch.records.rows.release();
    return readBatch(source, messages, this.plain, Date.now(), noteFeature);
  }

  /** Stores a batch; if Postgres refuses a value that validation let through, that message becomes a dead letter. */
  private async storeRefusals(source: MessageSource, batch: ReadBatch, expected: bigint, next: bigint) {
    const advance = { ...source, expected, next };
    try {
      return await this.store.store(batch, advance);
    } catch (error) {
      if (!isDataError(error)) throw error;
      this.logger.error({ err: error, ...source }, 'Postgres refuses a value; looking for the message');
      const refused = new Map(await this.findRefused(batch.records, 0, batch.records.rows.count));
      if (refused.size === 0) throw error;
      const now = Date.now();
      const rejected = [...refused].flatMap(([i, complaint]) => {
        const message = batch.origins[i];
        const rejection = new Rejected('wrong-type', null, `Postgres cannot store it: ${complaint}`);
        return message ? [rejectedMessage(source, message, rejection, now)] : [];
      });
      return this.store.store(
        { ...batch, omitted: new Set(refused.keys()), rejected: [...batch.rejected, ...rejected] },
        advance,
      );
    }
  }

  /** Halves the records until the ones at fault stand alone; their numbers, and what Postgres says about them. */
  private async findRefused(records: RecordRows, from: number, to: number): Promise<[number, string][]> {
    if (from === to) return [];
    const complaint = await this.store.complaintAbout(records, from, to);
    if (complaint === null) return [];
    if (to - from === 1) return [[from, complaint]];
    const middle = (from + to) >> 1;
    return [...(await this.findRefused(records, from, middle)), ...(await this.findRefused(records, middle, to))];
  }
}

/** A prediction or an outcome that is stored now, in the trace of its decision. */
function traceStored(topic: FeedbackTopic, { traced }: ReadBatch, from: number): void {
  const traces = tracing();
  if (traces === null) return;
  const to = preciseNow();
  for (const { predictionId, model, traceparent } of traced)
    traces.record({
      name: `${topic} store`,
      kind: 'consumer',
      of: predictionId,
      caller: traceparent,
      from,
      to,
      attributes: { 'messaging.system': 'kafka', 'messaging.destination.name': topic, 'ratchet.model': model },
    });
}
