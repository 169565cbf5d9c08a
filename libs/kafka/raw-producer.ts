import type { Kafka, Producer } from 'kafkajs';

export interface RawOutgoing {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** Sends bytes as they are, like a message that is sent again. Connects when it is first needed. */
export class RawProducer {
  private producer: Promise<Producer> | null = null;

  constructor(private readonly kafka: Kafka) {}

  /** Resolves when all in-sync replicas have the messages, in the order given. */
  async send(topic: string, messages: readonly RawOutgoing[]): Promise<void> {
    const producer = await this.connected();
    try {
      await producer.send({ topic, acks: -1, messages: messages.map((message) => ({ ...message })) });
    } catch (error) {
      this.producer = null;
      await producer.disconnect().catch(() => {});
      throw error;
    }
  }

  async disconnect(): Promise<void> {
    const producer = this.producer;
    this.producer = null;
    await (await producer)?.disconnect();
  }

  private connected(): Promise<Producer> {
    this.producer ??= (async () => {
      const producer = this.kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false });
      await producer.connect();
      return producer;
    })().catch((error: unknown) => {
      this.producer = null;
      throw error;
    });
    return this.producer;
  }
}
