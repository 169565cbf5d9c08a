import { Inject, Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { RecordRows } from '#database/feedback/rows';
import { type FeedbackStore, isDataError } from '#database/feedback/store';
import { Rejected } from '#domain/feedback/record';
import type { FeedbackRules } from '#domain/feedback/rules';
import type { RawMessage } from '#kafka/message';
import type { BatchResult, IncomingBatch } from '#kafka/transport';
import type { Logger } from '#platform/logging';
import { preciseNow, tracing } from '#platform/tracing/tracing';
import { FolderLoop } from '../fold/folder-loop.js';
import { FEEDBACK_RULES, LOGGER, STREAM_STORE } from '../tokens.js';
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

/** A partition with more messages left than this is catching up. */
const BACKLOG = 10_000;

/** Where a partition is believed to be. */
interface Belief {
  readonly expected: bigint;
  /** False until a batch began where Postgres says, or as near as Kafka still has it. */
  readonly confirmed: boolean;
}

/** Stores what Kafka brings, exactly once: Postgres, not Kafka, says where each partition continues. */
@Injectable()
export class Ingest {
  private readonly beliefs = new Map<string, Belief>();
  private reading: Promise<unknown> = Promise.resolve();

  constructor(
    @Inject(STREAM_STORE) private readonly store: FeedbackStore,
    @Inject(FEEDBACK_RULES) private readonly rules: FeedbackRules,
    @Inject(FolderLoop) private readonly folder: FolderLoop,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Takes a batch of one partition. Throws when Postgres cannot be reached, in which case nothing was stored or it is
   * not known, and the offset is read anew before the next attempt.
   */
  async take(topic: FeedbackTopic, batch: IncomingBatch): Promise<BatchResult> {
    const source: MessageSource = { topic, partition: batch.partition };
    const name = `${topic}/${batch.partition}`;
    try {
      const belief = this.beliefs.get(name) ?? { expected: await this.readOffset(source), confirmed: false };
      const { expected } = belief;
      const first = BigInt(batch.messages[0]?.offset ?? expected);
      const recreated = expected > BigInt(batch.highWatermark);
      if (recreated)
        this.logger.warn(
          { ...source, expected, first },
          'the topic is shorter than what was read of it: reading it from its beginning',
        );
      else if (first > expected && !belief.confirmed) {
        // Kafka may have started elsewhere. If there still is a gap after the seek, retention has removed the messages.
        this.beliefs.set(name, { expected, confirmed: true });
        return { next: expected };
      } else if (first > expected && first - expected > 1n)
        this.logger.debug({ ...source, expected, first }, 'offsets without messages');
      const messages =
        recreated || first >= expected
          ? batch.messages
          : batch.messages.filter(({ offset }) => BigInt(offset) >= expected);
      const last = messages.at(-1);
      if (last === undefined) return { next: expected };
      const next = BigInt(last.offset) + 1n;
      const moved = await this.storeMessages(source, messages, expected, next);
      if (!moved) {
        fencedTotal.inc({ topic });
        const current = await this.readOffset(source);
        this.logger.info({ ...source, expected, current }, 'another instance has moved the partition on');
        this.beliefs.set(name, { expected: current, confirmed: true });
        return { next: current };
      }
      this.beliefs.set(name, { expected: next, confirmed: true });
      const behind = Math.max(0, Number(BigInt(batch.highWatermark) - next));
      lag.set({ topic, partition: batch.partition }, behind);
      if (behind > BACKLOG) this.folder.holdBack();
      return { next };
    } catch (error) {
      this.beliefs.delete(name);
      throw error;
    }
  }

  private readOffset({ topic, partition }: MessageSource): Promise<bigint> {
    return this.store.readOffset(topic, partition);
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
    const batch = this.reading.then(() => readBatch(source, messages, this.rules, Date.now()));
    this.reading = batch.catch(() => undefined);
    return batch;
  }

  /** Stores a batch; if Postgres refuses a value that validation let through, that message becomes a dead letter. */
  private async storeRefusals(source: MessageSource, batch: ReadBatch, expected: bigint, next: bigint) {
    const advance = { ...source, expected, next };
    try {
      return await this.store.store(batch, advance);
    } catch (error) {
      if (!isDataError(error)) throw error;
      this.logger.error({ err: error, ...source }, 'Postgres refuses a value; looking for the message');
      const refused = new Map(await this.findRefused(batch.records, 0, batch.records.ids.length));
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
