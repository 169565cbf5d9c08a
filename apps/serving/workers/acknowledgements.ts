import type { Acknowledgement } from './messages.js';

interface Entry<W> {
  /** Of who was last. */
  acknowledgement: Acknowledgement;
  readonly from: Set<W>;
  told: boolean;
}

/**
 * What the workers of an instance have said of the newest generation of each model. The instance acknowledges when all that listen
 * have, once; that one of them has failed is told at once.
 */
export class Acknowledgements<W> {
  private readonly entries = new Map<string, Entry<W>>();

  /**
   * @param listening the workers that answer requests, or are about to
   * @param tell is given what the instance acknowledges
   */
  constructor(
    private readonly listening: () => readonly W[],
    private readonly tell: (acknowledgement: Acknowledgement) => void,
  ) {}

  take(worker: W, acknowledgement: Acknowledgement): void {
    const { topic, event } = acknowledgement;
    const key = `${topic} ${event.model} ${event.generation} ${event.digest}`;
    let entry = this.entries.get(key);
    if (entry === undefined) {
      entry = { acknowledgement, from: new Set(), told: false };
      this.entries.set(key, entry);
    }
    entry.acknowledgement = acknowledgement;
    entry.from.add(worker);
    this.settle();
  }

  /** To be called when a worker has begun to listen, or has ended. */
  settle(): void {
    const listening = this.listening();
    for (const entry of this.entries.values()) {
      if (entry.told || !isReached(entry, listening)) continue;
      entry.told = true;
      this.tell(entry.acknowledgement);
    }
  }

  /** Forgets what was said of a model's other generations. */
  keepOnly(model: string, generation: number): void {
    for (const [key, { acknowledgement }] of this.entries)
      if (acknowledgement.event.model === model && acknowledgement.event.generation !== generation)
        this.entries.delete(key);
  }
}

function isReached<W>({ acknowledgement, from }: Entry<W>, listening: readonly W[]): boolean {
  // What a worker cannot do that only starts is nobody's harm while others answer.
  if (acknowledgement.topic === 'model.activation-failed')
    return listening.length === 0 || listening.some((worker) => from.has(worker));
  return listening.length > 0 && listening.every((worker) => from.has(worker));
}
