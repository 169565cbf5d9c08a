import { RegistryTables1767225600301 } from './migrations/1767225600301-RegistryTables.js';
import { BackupsAndRetention1767225600302 } from './migrations/1767225600302-BackupsAndRetention.js';
import { AlertDeliveries1767225600303 } from './migrations/1767225600303-AlertDeliveries.js';
import { DecisionsInOneCall1767225600304 } from './migrations/1767225600304-DecisionsInOneCall.js';
import { Reconciliations1767225600305 } from './migrations/1767225600305-Reconciliations.js';
import { ModelDefinitions1767225600340 } from './migrations/1767225600340-ModelDefinitions.js';
import { AlertChannels1767225600350 } from './migrations/1767225600350-AlertChannels.js';
import { VersionLabels1767225600360 } from './migrations/1767225600360-VersionLabels.js';
import { AuditedLetters1767225600370 } from './migrations/1767225600370-AuditedLetters.js';

/** Everything of the schema `registry`, oldest migration first. */
export const migrations = [
  RegistryTables1767225600301,
  BackupsAndRetention1767225600302,
  AlertDeliveries1767225600303,
  DecisionsInOneCall1767225600304,
  Reconciliations1767225600305,
  ModelDefinitions1767225600340,
  AlertChannels1767225600350,
  VersionLabels1767225600360,
  AuditedLetters1767225600370,
];
