import { applyDecorators, Catch, type RpcExceptionFilter, UseFilters } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { type Observable, throwError } from 'rxjs';
import type { Topic } from '#contracts/topics';
import type { TopicIdentity } from '#domain/streams/position';
import type { IncomingEvent, InvalidEvent, RawMessage } from './message.js';

/**
 * How a transport reads. `group`: the instances of a service share the partitions and continue where the group was.
 * `broadcast`: every instance reads everything from the beginning, each time it starts.
 */
export type TransportMode = 'group' | 'broadcast';

/** Nest gives a handler only to the transport with its id. */
export const TRANSPORT_IDS: Record<TransportMode, symbol> = {
  group: Symbol('kafka group'),
  broadcast: Symbol('kafka broadcast'),
};

/** The messages of one partition, as they were fetched. */
export interface IncomingBatch {
  readonly topic: Topic;
  readonly partition: number;
  /** Which topic of that name it is, as far as was known when the consumer began. */
  readonly identity: TopicIdentity | null;
  /** Offset the next message written to the partition will get. */
  readonly highWatermark: string;
  readonly messages: readonly RawMessage[];
  /** Offset behind the last message, and behind the markers of transactions that follow it. */
  readonly end: bigint;
  /** The leader epoch of what stands before `end`; null where the broker does not say. */
  readonly leaderEpoch: number | null;
}

/** What an {@link OnBatch} handler resolves to. */
export interface BatchResult {
  /** Offset at which the partition continues. */
  readonly next: bigint;
}

/** What a decorator says beside the topic. */
export interface HandlerExtras {
  readonly kind: 'event' | 'events' | 'batch';
  /** `skip`: an invalid message is parked. `deliver`: the handler gets it, as an InvalidEvent. */
  readonly invalid: 'skip' | 'deliver';
}

/** Nest makes "Internal server error" of what a handler throws; whoever has to tell temporary from permanent needs the error itself. */
@Catch()
class KeepErrors implements RpcExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

const handles = (topics: string | readonly Topic[], mode: TransportMode, extras: HandlerExtras) =>
  applyDecorators(
    EventPattern<string | string[]>(typeof topics === 'string' ? topics : [...topics], TRANSPORT_IDS[mode], {
      ...extras,
    }),
    UseFilters(new KeepErrors()),
  );

/** Decorates a method that takes messages of type M. */
type HandlerDecorator<M, R> = <H extends (message: M) => R>(
  target: object,
  property: string | symbol,
  descriptor: TypedPropertyDescriptor<H>,
) => void;

/**
 * Handles each message of a topic in the order of its partition, at least once: the offset is committed after the
 * handler resolves. When it throws something temporary, the message comes again after a pause, while other partitions go on;
 * when it throws something permanent, twice, the message is parked and the partition goes on.
 */
export function OnEvent<T extends Topic>(
  topic: T,
  options: { mode?: TransportMode; invalid: 'deliver' },
): HandlerDecorator<IncomingEvent<T> | InvalidEvent, unknown>;
export function OnEvent<T extends Topic>(
  topic: T,
  options?: { mode?: TransportMode; invalid?: 'skip' },
): HandlerDecorator<IncomingEvent<T>, unknown>;
export function OnEvent(topic: Topic, options: { mode?: TransportMode; invalid?: HandlerExtras['invalid'] } = {}) {
  const extras: HandlerExtras = { kind: 'event', invalid: options.invalid ?? 'skip' };
  return handles(topic, options.mode ?? 'group', extras);
}

/** {@link OnEvent} for several topics at once. */
export function OnEvents(
  topics: readonly Topic[],
  options: { mode?: TransportMode } = {},
): HandlerDecorator<IncomingEvent, unknown> {
  const extras: HandlerExtras = { kind: 'event', invalid: 'skip' };
  return handles(topics, options.mode ?? 'group', extras);
}

/**
 * {@link OnEvent} for those who can do more at once for less: the handler gets all events that were fetched together, in
 * order, at least once. When it throws something temporary, all of them come again; else each alone.
 */
export function OnEventsTogether<T extends Topic>(
  topic: T,
): HandlerDecorator<readonly IncomingEvent<T>[], Promise<void>> {
  const extras: HandlerExtras = { kind: 'events', invalid: 'skip' };
  return handles(topic, 'group', extras);
}

/**
 * Handles a topic's raw messages a batch at a time. The handler returns the offset the partition continues at; it alone
 * knows what is stored.
 */
export function OnBatch(topic: Topic): HandlerDecorator<IncomingBatch, Promise<BatchResult>> {
  const extras: HandlerExtras = { kind: 'batch', invalid: 'deliver' };
  return handles(topic, 'group', extras);
}
