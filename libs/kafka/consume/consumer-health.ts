import type { Kafka } from 'kafkajs';
import { Gauge } from 'prom-client';

/** As much of a transport as says whether it hears. */
export interface Consuming {
  /** For people: whose consumer it is. */
  readonly name: string;
  /** Null while messages flow, else what is in the way. */
  health(): string | null;
  /** Since when no message can come; null while they flow. */
  deafSince(): Date | null;
}

/** The consumers of this process. */
const shown = new Set<Consuming>();

new Gauge({
  name: 'ratchet_consumer_deaf_seconds',
  help: 'For how long a consumer has heard nothing from Kafka; 0 while messages flow.',
  labelNames: ['consumer'],
  collect() {
    this.reset();
    for (const consumer of shown) this.set({ consumer: consumer.name }, deafMs(consumer) / 1000);
  },
});

const deafMs = (consumer: Consuming, now = Date.now()): number => {
  const since = consumer.deafSince();
  return since === null ? 0 : now - since.getTime();
};

/** Whether a broker answers somebody who asks anew. */
async function brokerAnswers(kafka: Kafka): Promise<boolean> {
  const admin = kafka.admin({ retry: { retries: 0 } });
  try {
    await admin.connect();
    await admin.describeCluster();
    return true;
  } catch {
    return false;
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

export interface ConsumerPatience {
  /** A consumer that hears nothing for so long … */
  readonly patienceMs: number;
  /** … although this says that a broker answers is lost. */
  readonly answers: () => Promise<boolean>;
}

/**
 * Shows consumers in the metrics, and tells which of them is lost: nothing but a new process will help it. While no broker answers,
 * waiting is all there is to do.
 */
export class ConsumerHealth {
  constructor(
    private readonly consumers: readonly Consuming[],
    private readonly patience: ConsumerPatience,
  ) {
    for (const consumer of consumers) shown.add(consumer);
  }

  /** What is in the way, of whom where there are several; null while all hear. */
  trouble(): string | null {
    const troubles = this.consumers.flatMap((consumer) => {
      const trouble = consumer.health();
      return trouble === null ? [] : [this.consumers.length === 1 ? trouble : `${consumer.name} ${trouble}`];
    });
    return troubles.length === 0 ? null : troubles.join('; ');
  }

  async lost(): Promise<string | null> {
    const { patienceMs, answers } = this.patience;
    const lost = this.consumers.find((consumer) => deafMs(consumer) > patienceMs);
    if (lost === undefined || !(await answers())) return null;
    return `${lost.name} has heard nothing from Kafka for ${Math.round(deafMs(lost) / 1000)} s, although a broker answers`;
  }
}

/** {@link ConsumerHealth} of a service's transports: a broker that answers a new connection is there. */
export const consumerHealth = (
  kafka: Kafka,
  consumers: readonly Consuming[],
  patienceSeconds: number,
): ConsumerHealth =>
  new ConsumerHealth(consumers, { patienceMs: patienceSeconds * 1000, answers: () => brokerAnswers(kafka) });
