import type { MigrationInterface } from 'typeorm';
import { RunEntity, SlotEntity, SnapshotEntity } from './entities.js';
import { TrainingTables1767225600101 } from './migrations/1767225600101-TrainingTables.js';
import { TunedRuns1767225600102 } from './migrations/1767225600102-TunedRuns.js';
import { ImportedModels1767225600103 } from './migrations/1767225600103-ImportedModels.js';
import { RunLogs1767225600104 } from './migrations/1767225600104-RunLogs.js';
import { SnapshotFingerprints1767225600105 } from './migrations/1767225600105-SnapshotFingerprints.js';

/** Tables of the schema `training` as TypeORM sees them. */
export const entities = [RunEntity, SnapshotEntity, SlotEntity];

/** The schema's history, oldest first. */
export const migrations: (new () => MigrationInterface)[] = [
  TrainingTables1767225600101,
  TunedRuns1767225600102,
  ImportedModels1767225600103,
  RunLogs1767225600104,
  SnapshotFingerprints1767225600105,
];
