import { FeedbackTables1767225600001 } from './migrations/1767225600001-FeedbackTables.js';

/** Everything of the schema `feedback`, oldest migration first. */
export const migrations = [FeedbackTables1767225600001];
export const entities = [];
