import { Inject, Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import type { ModelDefinition } from '#contracts/model-definition';
import { contentId } from '#domain/feedback/event-id';
import { EventProducer } from '#kafka/produce/producer';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import { INGEST_CONFIG, type IngestConfig } from '../config.js';
import { LOGGER, MODEL_DEFINITIONS } from '../keys.js';
import { Dataset } from '../storage/dataset.js';

const labelNames = ['model'];
const datasetRows = new Gauge({
  name: 'ratchet_dataset_rows',
  help: 'Rows of the dataset: tasks with an outcome.',
  labelNames,
});
const newRows = new Gauge({
  name: 'ratchet_dataset_new_rows',
  help: 'Rows whose first outcome came in this week, since Monday 00:00 UTC.',
  labelNames,
});
const trainedRows = new Gauge({
  name: 'ratchet_dataset_trained_rows',
  help: 'Rows the last successful training saw; the dataset should not be smaller.',
  labelNames,
});

/** Raises `data.dataset-shrunk` when the next training would see fewer rows than the last. */
@Injectable()
export class ShrinkWatch {
  /** What was told last, by model; the same state is not told again. */
  private readonly told = new Map<string, string>();

  constructor(
    @Inject(Dataset) private readonly dataset: Dataset,
    @Inject(EventProducer) private readonly producer: EventProducer,
    @Inject(MODEL_DEFINITIONS) private readonly definitions: ReadonlyMap<string, ModelDefinition>,
    @Inject(INGEST_CONFIG) config: Pick<IngestConfig, 'DATASET_CHECK_SECONDS'>,
    @Inject(Loops) loops: Loops,
    @Inject(LOGGER) logger: Logger,
  ) {
    const everyMs = config.DATASET_CHECK_SECONDS * 1000;
    loops.add(new Loop({ name: 'dataset', everyMs, step: () => this.look(), logger }));
  }

  async look(now = new Date()): Promise<void> {
    const [trainings, growth] = await Promise.all([this.dataset.lastTrainedRows(), this.dataset.growth()]);
    for (const gauge of [datasetRows, newRows, trainedRows]) gauge.reset();
    for (const model of this.definitions.keys()) datasetRows.set({ model }, 0);
    for (const { model, rows, this_week } of growth) {
      datasetRows.set({ model }, rows);
      newRows.set({ model }, this_week);
    }
    for (const [model, trained] of trainings) trainedRows.set({ model }, trained);
    for (const [model, trained] of trainings) {
      const rows = growth.find((entry) => entry.model === model)?.rows ?? 0;
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
