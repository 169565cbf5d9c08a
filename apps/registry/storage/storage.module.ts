import { Global, Module } from '@nestjs/common';
import { AccuracyStore } from './accuracy-store.js';
import { AlertDeliveryStore } from './alert-delivery-store.js';
import { AlertStore } from './alert-store.js';
import { AuditStore } from './audit-store.js';
import { BackupStore } from './backup-store.js';
import { CommandStore } from './command-store.js';
import { DatasetRows } from './dataset-rows.js';
import { DefinitionStore } from './definition-store.js';
import { DeploymentStore } from './deployment-store.js';
import { EffectStore } from './effect-store.js';
import { LabelStore } from './label-store.js';
import { LetterStore } from './letter-store.js';
import { LoopNumbers } from './loop-numbers.js';
import { ModelStore } from './model-store.js';
import { OutcomeStore } from './outcome-store.js';
import { ReconciliationStore } from './reconciliation-store.js';
import { RunStore } from './run-store.js';
import { SeriesStore } from './series-store.js';
import { StandingStore } from './standing-store.js';
import { StreamIncidentStore } from './stream-incident-store.js';
import { TokenStore } from './token-store.js';
import { VersionStore } from './version-store.js';

const STORES = [
  AccuracyStore,
  AlertDeliveryStore,
  AlertStore,
  AuditStore,
  BackupStore,
  CommandStore,
  DatasetRows,
  DefinitionStore,
  DeploymentStore,
  EffectStore,
  LabelStore,
  LetterStore,
  LoopNumbers,
  ModelStore,
  OutcomeStore,
  ReconciliationStore,
  RunStore,
  SeriesStore,
  StandingStore,
  StreamIncidentStore,
  TokenStore,
  VersionStore,
];

/** All that the registry reads and writes in Postgres; every feature uses some of it. */
@Global()
@Module({ providers: STORES, exports: STORES })
export class StorageModule {}
