/**
 * Columns of a snapshot, one row per task. `features` is the raw JSON object, so that one snapshot serves every
 * definition: a challenger's, and that of a champion with other features.
 */
export const SNAPSHOT_COLUMNS = {
  task_id: 'VARCHAR',
  /** UTC. */
  occurred_at: 'TIMESTAMP',
  /** The action that was executed. */
  action: 'VARCHAR',
  success: 'BOOLEAN',
  label: 'VARCHAR',
  /** Probability with which serving chose the action; null where it did not choose it. */
  propensity: 'DOUBLE',
  /** The version that chose it. */
  version: 'VARCHAR',
  features: 'VARCHAR',
} as const;
