import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Dataset } from '#database/feedback/dataset';
import { contentId } from '#domain/feedback/event-id';
import { EventProducer } from '#kafka/producer';
import type { Logger } from '#platform/logging';
import { LOGGER } from '../tokens.js';

const EVERY_MS = 60_000;

/** Raises `data.dataset-shrunk` when the next training would see fewer rows than the last. */
@Injectable()
export class ShrinkWatch implements OnApplicationBootstrap {
  private timer: NodeJS.Timeout | null = null;
  private looking: Promise<void> = Promise.resolve();
  /** What was told last, by model; the same state is not told again. */
  private readonly told = new Map<string, string>();

  constructor(
    @Inject(Dataset) private readonly dataset: Dataset,
    @Inject(EventProducer) private readonly producer: EventProducer,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.looking = this.look().catch((error: unknown) =>
        this.logger.warn({ err: error }, 'cannot compare the dataset with the last training'),
      );
    }, EVERY_MS);
  }

  /** Resolves when a look under way is over. */
  async stop(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    await this.looking;
  }

  async look(now = new Date()): Promise<void> {
    for (const [model, trained] of await this.dataset.lastTrainedRows()) {
      const rows = await this.dataset.count(model);
      const state = `${rows} < ${trained}`;
      if (rows >= trained) this.told.delete(model);
      else if (this.told.get(model) !== state) {
        const event = { model, rows, last_trained_rows: trained, detected_at: now.toISOString() };
        // The same state has the same id, whichever instance tells it.
        const id = contentId('data.dataset-shrunk', Buffer.from(`${model} ${state}`));
        await this.producer.publish('data.dataset-shrunk', event, { id });
        this.told.set(model, state);
      }
    }
  }
}
