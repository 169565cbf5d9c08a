import { type DynamicModule, Module } from '@nestjs/common';
import type { Pool } from 'pg';
import { type FeedbackRules, rulesOf } from '#domain/feedback/rules';
import { ClusterQuestions } from '#kafka/client/cluster-questions';
import { RawProducer } from '#kafka/produce/raw-producer';
import type { KafkaTransport } from '#kafka/transport';
import { LiveDefinitions } from '#platform/live-definitions';
import { Collector } from './collect/collector.js';
import type { IngestConfig } from './config.js';
import { INGEST_CONFIG } from './config.js';
import { ConsumerController } from './consume/consumer.controller.js';
import { Ingest } from './consume/ingest.js';
import { Partitions } from './consume/partitions.js';
import { PositionWatch } from './consume/position-watch.js';
import { Positions } from './consume/positions.js';
import { Pulse } from './consume/pulse.js';
import { SourcesController } from './consume/sources.controller.js';
import { StreamLag } from './consume/stream-lag.js';
import { StreamMetrics } from './consume/stream-metrics.js';
import { DatasetController } from './dataset/dataset.controller.js';
import { DatasetReport } from './dataset/dataset-report.js';
import { ShrinkWatch } from './dataset/shrink-watch.js';
import { DeadLettersController } from './dead-letters/dead-letters.controller.js';
import { DeadLetters } from './dead-letters/dead-letters.js';
import { ParkedController } from './dead-letters/parked.controller.js';
import { FolderLoop } from './fold/folder-loop.js';
import { Importer } from './imports/import-file.js';
import { ImportsController } from './imports/imports.controller.js';
import { FEEDBACK_RULES, READER } from './keys.js';
import { Dataset } from './storage/dataset.js';
import { DeadLetterBox } from './storage/dead-letter-box.js';
import { ImportLog } from './storage/imports.js';
import { FeedbackStore } from './storage/store.js';

export interface IngestParts {
  readonly config: IngestConfig;
  readonly pool: Pool;
  /** Where the topics that feedback comes from continue. */
  readonly positions: Positions;
  readonly cluster: ClusterQuestions;
  /** Reads these topics. */
  readonly reader: Pick<KafkaTransport, 'placeAgain'>;
  /** Sends dead letters again, byte for byte. */
  readonly replayer: RawProducer;
}

/** How records of each model are read, as it is defined now. */
function liveRules(definitions: LiveDefinitions): FeedbackRules {
  const rules = new Map(rulesOf(definitions.values()));
  definitions.onChange((changed) => {
    for (const [model, read] of rulesOf([changed])) rules.set(model, read);
  });
  return rules;
}

@Module({})
class IngestModule {}

export function ingestModule({ config, pool, positions, cluster, reader, replayer }: IngestParts): DynamicModule {
  return {
    module: IngestModule,
    controllers: [
      ConsumerController,
      DatasetController,
      DeadLettersController,
      ImportsController,
      ParkedController,
      SourcesController,
    ],
    providers: [
      { provide: INGEST_CONFIG, useValue: config },
      {
        provide: FEEDBACK_RULES,
        inject: [LiveDefinitions],
        useFactory: liveRules,
      },
      { provide: RawProducer, useValue: replayer },
      { provide: READER, useValue: reader },
      { provide: Positions, useValue: positions },
      { provide: ClusterQuestions, useValue: cluster },
      { provide: FeedbackStore, useValue: new FeedbackStore(pool) },
      { provide: Dataset, useValue: new Dataset(pool) },
      { provide: DeadLetterBox, useValue: new DeadLetterBox(pool) },
      { provide: ImportLog, useValue: new ImportLog(pool) },
      Collector,
      DatasetReport,
      DeadLetters,
      FolderLoop,
      Importer,
      Ingest,
      Partitions,
      PositionWatch,
      Pulse,
      ShrinkWatch,
      StreamLag,
      StreamMetrics,
    ],
  };
}
