import { RegistryTables1767225600301 } from './migrations/1767225600301-RegistryTables.js';

/** Everything of the schema `registry`, oldest migration first. */
export const migrations = [RegistryTables1767225600301];
export const entities = [];
