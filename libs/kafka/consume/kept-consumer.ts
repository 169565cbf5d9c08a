import type { Consumer } from 'kafkajs';
import { Counter } from 'prom-client';
import type { Logger } from '#platform/logging';
import { WakeUp } from '#platform/loop/wake-up';

const restarts = new Counter({
  name: 'ratchet_consumer_restarts_total',
  help: 'Consumers that ended without being asked to, or heard nothing, and were made anew.',
  labelNames: ['group'],
});

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
/** Without a completed fetch for this long, the instance counts as cut off: a fetch returns at least every 100 ms. */
const CUT_OFF_AFTER_MS = 10_000;
/** And after this long its consumer is made anew; longer than a group takes to share its partitions out again. */
const SILENT_TOO_LONG_MS = 25_000;
const LOOK_EVERY_MS = 1_000;
/** kafkajs says that it stopped, and then why. */
const REASON_FOLLOWS_MS = 1_000;
/** A consumer that does not end is left behind. */
const FAREWELL_MS = 5_000;

export interface KeptConsumerOptions {
  /** Only for people: whose consumer it is. */
  readonly name: string;
  readonly logger: Logger;
  /** Makes the next consumer, connects it, subscribes and runs it. `born` is told of it before anything can fail. */
  readonly start: (born: (consumer: Consumer) => void) => Promise<void>;
  /** Whether messages are being handled: then nothing may be fetched for a while. */
  readonly busy: () => boolean;
}

/** What a consumer hears, and since when. */
export interface ConsumerState {
  readonly hears: boolean;
  /** When it began to hear, or ceased to; in milliseconds since 1970. */
  readonly since: number;
  /** What is in the way; null while it hears. */
  readonly reason: string | null;
  /** To join for the first time takes a moment; that is starting, not being deaf. */
  readonly starting: boolean;
}

/**
 * Keeps a consumer running for as long as it is wanted. kafkajs restarts one after some errors and not after others, and some
 * ends it does not notice; so it never restarts here: whatever ends a consumer, or silences it, another one takes its place.
 */
export class KeptConsumer {
  private readonly wakeUp = new WakeUp();
  private closed = false;
  private loop: Promise<void> | null = null;
  private current: Consumer | null = null;
  private joined = false;
  private everJoined = false;
  private lastHeard = Date.now();
  /** When the consumer there is was made, or was last at work. */
  private lastSign = Date.now();
  private release: () => void = () => {};
  private readonly released = new Promise<void>((resolve) => {
    this.release = resolve;
  });
  private readonly madeAt = Date.now();
  private hearing = { hears: false, since: Date.now() };
  private failure: string | null = null;
  private end: (reason: Error) => void = () => {};

  constructor(private readonly options: KeptConsumerOptions) {}

  /** The consumer there is right now; null between two of them. */
  get consumer(): Consumer | null {
    return this.current;
  }

  start(): void {
    this.loop ??= this.run();
  }

  /** Resolves when the consumer has left its group. */
  async close(): Promise<void> {
    this.closed = true;
    this.release();
    this.wakeUp.wake();
    await this.loop;
  }

  /** Another consumer takes the place of the one there is. */
  renew(reason: string): void {
    this.end(new Error(reason));
  }

  state(now = Date.now()): ConsumerState {
    const reason = this.reason(now);
    const hears = reason === null;
    if (hears !== this.hearing.hears) this.hearing = { hears, since: hears ? now : this.lastHeard };
    const starting = !this.everJoined && now - this.madeAt < CUT_OFF_AFTER_MS;
    return { ...this.hearing, reason, starting };
  }

  private reason(now: number): string | null {
    if (!this.everJoined) return `has not joined its consumer group yet${this.because()}`;
    if (!this.joined) return `hears nothing from Kafka for ${seconds(now - this.lastHeard)}${this.because()}`;
    if (this.options.busy()) return null;
    const silence = now - this.lastHeard;
    return silence > CUT_OFF_AFTER_MS ? `no answer from Kafka for ${seconds(silence)}` : null;
  }

  private because(): string {
    return this.failure === null ? '' : `: ${this.failure}`;
  }

  private async run(): Promise<void> {
    for (let pause = FIRST_PAUSE_MS; !this.closed; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const ending = await this.live();
      if (this.closed) return;
      // One that heard something was no attempt in vain.
      if (this.joined) pause = FIRST_PAUSE_MS;
      this.joined = false;
      this.failure = ending instanceof Error ? ending.message : String(ending);
      this.state();
      restarts.inc({ group: this.options.name });
      this.options.logger.warn({ err: ending, retry_in_ms: pause }, 'the consumer ended; another one takes its place');
      await this.wakeUp.sleep(pause);
    }
  }

  /** One consumer's life; resolves with what ended it. */
  private async live(): Promise<unknown> {
    let end: (reason: unknown) => void = () => {};
    const ended = new Promise<unknown>((resolve) => {
      end = resolve;
    });
    this.end = end;
    this.lastSign = Date.now();
    let timer: NodeJS.Timeout | null = null;
    const look = (): void => {
      if (this.options.busy()) this.lastSign = Date.now();
      const silence = Date.now() - Math.max(this.lastSign, this.lastHeard);
      if (silence > SILENT_TOO_LONG_MS) end(new Error(`no answer to a fetch for ${seconds(silence)}`));
      this.state();
      timer = setTimeout(look, LOOK_EVERY_MS);
    };
    look();
    let mine: Consumer | null = null;
    try {
      this.options
        .start((consumer) => {
          mine = consumer;
          this.current = consumer;
          this.watch(consumer, end);
        })
        .catch(end);
      return await Promise.race([ended, this.released]);
    } finally {
      if (timer !== null) clearTimeout(timer);
      this.current = null;
      if (mine !== null) await this.farewell(mine);
    }
  }

  private watch(consumer: Consumer, end: (reason: unknown) => void): void {
    const isCurrent = (): boolean => this.current === consumer;
    const sign = (): void => {
      if (isCurrent()) this.lastHeard = Date.now();
    };
    consumer.on(consumer.events.GROUP_JOIN, () => {
      if (!isCurrent()) return;
      this.joined = true;
      this.everJoined = true;
      sign();
      this.state();
    });
    consumer.on(consumer.events.FETCH, sign);
    consumer.on(consumer.events.END_BATCH_PROCESS, sign);
    consumer.on(consumer.events.CRASH, ({ payload }) => end(payload.error));
    const stopped = (): void => {
      setTimeout(() => end(new Error('the consumer stopped, and nobody had asked it to')), REASON_FOLLOWS_MS).unref();
    };
    consumer.on(consumer.events.STOP, stopped);
    consumer.on(consumer.events.DISCONNECT, stopped);
  }

  private async farewell(consumer: Consumer): Promise<void> {
    const { logger } = this.options;
    const gone = consumer.disconnect().catch((error: unknown) => logger.debug({ err: error }, 'while disconnecting'));
    if (this.closed) return gone;
    const patience = new Promise<void>((resolve) => setTimeout(resolve, FAREWELL_MS).unref());
    await Promise.race([gone, patience]);
  }
}

const seconds = (ms: number): string => `${Math.max(0, Math.round(ms / 1000))} s`;
