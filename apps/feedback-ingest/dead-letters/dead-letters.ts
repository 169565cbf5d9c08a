import { Inject, Injectable } from '@nestjs/common';
import type {
  DeadLetterDetail,
  DeadLetterGroup,
  DropAccepted,
  FoundDeadLetter,
  ReplayAccepted,
} from '#contracts/http/feedback';
import { joinHeaders, type RawHeader } from '#kafka/message';
import { RawProducer } from '#kafka/produce/raw-producer';
import { ProblemError } from '#platform/problem';
import {
  DeadLetterBox,
  type DeadLetterFilter,
  type DeadLetterRow,
  type Decider,
  type FoundRow,
} from '../storage/dead-letter-box.js';

const shownText = (bytes: Buffer | null): string => (bytes ?? Buffer.alloc(0)).toString('utf8').slice(0, 500);

const EXCERPT = 200;
const BEFORE = 60;

/** The part of a value where the text stands; its beginning where it stands elsewhere. */
function excerptOf(value: Buffer | null, text: string): string {
  const whole = (value ?? Buffer.alloc(0)).toString('utf8');
  const start = Math.max(0, whole.indexOf(text) - BEFORE);
  return whole.slice(start, start + EXCERPT);
}

const headersOf = ({ header_names: names, header_values: values }: DeadLetterRow): RawHeader[] =>
  names.map((name, i) => ({ name: name.toString(), value: values[i] ?? null }));

/** What is said of a letter wherever it is shown. */
const headOf = (row: FoundRow) => ({
  id: row.id,
  reason: row.reason,
  field: row.field,
  detail: row.detail,
  source: { topic: row.topic, partition: row.partition, offset: row.offset },
  key: row.key?.toString() ?? null,
  received_at: row.received_at.toISOString(),
  replayed_at: row.replayed_at?.toISOString() ?? null,
});

/** What operators do with messages that were refused. */
@Injectable()
export class DeadLetters {
  constructor(
    @Inject(DeadLetterBox) private readonly box: DeadLetterBox,
    @Inject(RawProducer) private readonly producer: RawProducer,
  ) {}

  async groups(filter: DeadLetterFilter): Promise<DeadLetterGroup[]> {
    return (await this.box.groups(filter)).map((row) => ({
      reason: row.reason,
      topic: row.topic,
      waiting: row.waiting,
      replayed: row.replayed,
      first_at: row.first_at.toISOString(),
      last_at: row.last_at.toISOString(),
      example: { id: row.id, field: row.field, detail: row.detail, value: shownText(row.value) },
    }));
  }

  async search(text: string, filter: DeadLetterFilter, limit: number): Promise<FoundDeadLetter[]> {
    return (await this.box.search(filter, text, limit)).map((row) => ({
      ...headOf(row),
      excerpt: excerptOf(row.value, text),
    }));
  }

  async show(id: string): Promise<DeadLetterDetail> {
    const row = await this.box.find(id);
    if (row === null) throw new ProblemError(404, 'Not found', `There is no dead letter ${id}.`);
    const value = row.value ?? Buffer.alloc(0);
    return {
      ...headOf(row),
      value_base64: value.toString('base64'),
      value_bytes: value.length,
      headers: Object.fromEntries(headersOf(row).map(({ name, value }) => [name, value?.toString() ?? ''])),
      raw_headers: headersOf(row).map(({ name, value }) => ({ name, value_base64: value?.toString('base64') ?? null })),
      consumer: row.consumer,
      stack: row.stack,
      replays: row.replays,
    };
  }

  /**
   * Sends the original bytes, key and headers to the topic they came from. What was taken meanwhile is recognised by
   * its id; what is still wrong becomes a new dead letter.
   */
  async replay(filter: DeadLetterFilter, by: Decider): Promise<ReplayAccepted> {
    const before = await this.box.sentBefore(filter);
    return { replayed: await this.box.replay(filter, by, (letters) => this.send(letters)), sent_before: before };
  }

  /** Forgets letters that wait. */
  async drop(filter: DeadLetterFilter, by: Decider): Promise<DropAccepted> {
    const before = await this.box.sentBefore(filter);
    return { dropped: await this.box.drop(filter, by), sent_before: before };
  }

  private async send(letters: readonly DeadLetterRow[]): Promise<void> {
    const topics = new Set(letters.map((letter) => letter.topic));
    for (const topic of topics)
      await this.producer.send(
        topic,
        letters
          .filter((letter) => letter.topic === topic)
          .map(({ partition, key, value, ...letter }) => ({
            key,
            value,
            headers: joinHeaders(headersOf({ ...letter, partition, key, value })),
            // What never was on the topic goes where its key says.
            ...(partition < 0 ? {} : { partition }),
          })),
      );
  }
}
