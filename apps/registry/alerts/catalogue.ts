import type { AlertName } from '../storage/alert-store.js';

export interface AlertDescription {
  readonly severity: 'critical' | 'warning';
  readonly summary: string;
  /** Page below docs/operations/. */
  readonly runbook: string;
}

/** What is told about each alert beside its own detail. */
export const ALERTS: Readonly<Record<AlertName, AlertDescription>> = {
  'accuracy-drop': {
    severity: 'critical',
    summary: 'Live accuracy fell below its reference',
    runbook: 'accuracy-drop.md',
  },
  'auto-deploy-held': {
    severity: 'warning',
    summary: 'A version passed the gate and was not deployed',
    runbook: 'deployments.md',
  },
  'backup-damaged': { severity: 'warning', summary: 'A backup is damaged', runbook: 'rollback.md' },
  'data-drift': {
    severity: 'warning',
    summary: 'Inputs no longer look like the training data',
    runbook: 'data-drift.md',
  },
  'dataset-shrunk': {
    severity: 'warning',
    summary: 'The dataset is smaller than at the last training',
    runbook: 'dataset-shrunk.md',
  },
  'deployment-failed': { severity: 'critical', summary: 'A deployment failed', runbook: 'deployments.md' },
  'drill-failed': { severity: 'warning', summary: 'A rollback is not prepared', runbook: 'rollback.md' },
  'retraining-failed': { severity: 'warning', summary: 'Retraining failed', runbook: 'retraining-failed.md' },
};

const UNKNOWN: AlertDescription = {
  severity: 'warning',
  summary: 'The registry calls attention',
  runbook: 'deployments.md',
};

/** Alerts of a newer release's table are told as well as can be. */
export const describeAlert = (alert: string): AlertDescription =>
  Object.entries(ALERTS).find(([name]) => name === alert)?.[1] ?? UNKNOWN;
