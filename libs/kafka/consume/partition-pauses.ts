import type { EachBatchPayload } from 'kafkajs';
import { Gauge } from 'prom-client';

/** A partition that does not go on, because what it brings cannot be handled right now. */
export interface BlockedPartition {
  readonly topic: string;
  readonly partition: number;
  /** The message it stands at. */
  readonly offset: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly error: string;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;

/** Everywhere in this process, for the gauge. */
const everywhere = new Set<PartitionPauses>();
new Gauge({
  name: 'ratchet_partition_blocked_seconds',
  help: 'For how long a partition has stood still because its next message cannot be handled right now; absent while it goes on.',
  labelNames: ['topic', 'partition'],
  collect() {
    this.reset();
    for (const pauses of everywhere)
      for (const { topic, partition, since } of pauses.blocked())
        this.set({ topic, partition }, (Date.now() - since) / 1000);
  },
});

/** Leaves partitions alone for a while, ever longer, and remembers since when and why they stand still. */
export class PartitionPauses {
  private readonly standing = new Map<string, BlockedPartition & { pauseMs: number }>();
  private readonly resumes = new Map<NodeJS.Timeout, () => void>();

  constructor() {
    everywhere.add(this);
  }

  /** Pauses the partition of a batch, whose message at `offset` comes again afterwards. Returns for how long, in milliseconds. */
  pause({ batch, pause }: Pick<EachBatchPayload, 'batch' | 'pause'>, offset: string, error: unknown): number {
    const { topic, partition } = batch;
    const name = `${topic}/${partition}`;
    const before = this.standing.get(name);
    const pauseMs = Math.min((before?.pauseMs ?? FIRST_PAUSE_MS / 2) * 2, LONGEST_PAUSE_MS);
    const message = error instanceof Error ? error.message : String(error);
    this.standing.set(name, { topic, partition, offset, since: before?.since ?? Date.now(), error: message, pauseMs });
    const resume = pause();
    const timer = setTimeout(() => {
      this.resumes.delete(timer);
      resume();
    }, pauseMs);
    this.resumes.set(timer, resume);
    return pauseMs;
  }

  /** The partition goes on. */
  passed(topic: string, partition: number): void {
    if (this.standing.size > 0) this.standing.delete(`${topic}/${partition}`);
  }

  /** The same consumer has other partitions, or these again: it keeps what was paused paused, unless it is told. */
  goOn(): void {
    const resumes = [...this.resumes.values()];
    this.forget();
    for (const resume of resumes) resume();
  }

  /** Another consumer will find out for itself. */
  forget(): void {
    for (const timer of this.resumes.keys()) clearTimeout(timer);
    this.resumes.clear();
    this.standing.clear();
  }

  /** Oldest first. */
  blocked(): BlockedPartition[] {
    return [...this.standing.values()].sort((a, b) => a.since - b.since);
  }

  close(): void {
    this.forget();
    everywhere.delete(this);
  }
}
