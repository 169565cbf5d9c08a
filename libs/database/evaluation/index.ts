import type { MigrationInterface } from 'typeorm';
import { EvaluationEntity } from './entities.js';
import { EvaluationTables1767225600201 } from './migrations/1767225600201-EvaluationTables.js';
import { DriftTables1767225600202 } from './migrations/1767225600202-DriftTables.js';
import { ShadowAgreement1767225600203 } from './migrations/1767225600203-ShadowAgreement.js';
import { AccuracyHours1767225600204 } from './migrations/1767225600204-AccuracyHours.js';

/** Tables of the schema `evaluation` as TypeORM sees them. */
export const entities = [EvaluationEntity];

/** The schema's history, oldest first. */
export const migrations: (new () => MigrationInterface)[] = [
  EvaluationTables1767225600201,
  DriftTables1767225600202,
  ShadowAgreement1767225600203,
  AccuracyHours1767225600204,
];
