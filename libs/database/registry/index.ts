import type { MigrationInterface } from 'typeorm';

/** Tables of the schema `registry` as TypeORM sees them. */
export const entities = [];

/** The schema's history, oldest first. */
export const migrations: (new () => MigrationInterface)[] = [];
