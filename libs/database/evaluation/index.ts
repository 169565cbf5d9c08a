import type { MigrationInterface } from 'typeorm';
import { EvaluationTables1767225600201 } from './migrations/1767225600201-EvaluationTables.js';
import { DriftTables1767225600202 } from './migrations/1767225600202-DriftTables.js';
import { ShadowAgreement1767225600203 } from './migrations/1767225600203-ShadowAgreement.js';
import { AccuracyHours1767225600204 } from './migrations/1767225600204-AccuracyHours.js';
import { AccuracyDrops1767225600205 } from './migrations/1767225600205-AccuracyDrops.js';
import { Standings1767225600206 } from './migrations/1767225600206-Standings.js';
import { SettledDrops1767225600207 } from './migrations/1767225600207-SettledDrops.js';
import { VersionsByGeneration1767225600208 } from './migrations/1767225600208-VersionsByGeneration.js';

/** The schema's history, oldest first. */
export const migrations: (new () => MigrationInterface)[] = [
  EvaluationTables1767225600201,
  DriftTables1767225600202,
  ShadowAgreement1767225600203,
  AccuracyHours1767225600204,
  AccuracyDrops1767225600205,
  Standings1767225600206,
  SettledDrops1767225600207,
  VersionsByGeneration1767225600208,
];
