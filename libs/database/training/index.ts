import type { MigrationInterface } from 'typeorm';
import { TrainingTables1767225600101 } from './migrations/1767225600101-TrainingTables.js';
import { TunedRuns1767225600102 } from './migrations/1767225600102-TunedRuns.js';
import { ImportedModels1767225600103 } from './migrations/1767225600103-ImportedModels.js';
import { RunLogs1767225600104 } from './migrations/1767225600104-RunLogs.js';
import { SnapshotFingerprints1767225600105 } from './migrations/1767225600105-SnapshotFingerprints.js';
import { CancelledRuns1767225600106 } from './migrations/1767225600106-CancelledRuns.js';
import { ExternalTrainers1767225600107 } from './migrations/1767225600107-ExternalTrainers.js';
import { SparkRuns1767225600108 } from './migrations/1767225600108-SparkRuns.js';

/** The schema's history, oldest first. */
export const migrations: (new () => MigrationInterface)[] = [
  TrainingTables1767225600101,
  TunedRuns1767225600102,
  ImportedModels1767225600103,
  RunLogs1767225600104,
  SnapshotFingerprints1767225600105,
  CancelledRuns1767225600106,
  ExternalTrainers1767225600107,
  SparkRuns1767225600108,
];
