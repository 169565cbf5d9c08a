import { z } from 'zod';

export interface AlertDescription {
  readonly severity: 'critical' | 'warning';
  readonly summary: string;
  /** Page below docs/operations/. */
  readonly runbook: string;
}

/** What the registry calls attention to, and what is told about it beside its own detail. */
export const ALERTS = {
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
  'desired-state-lost': {
    severity: 'warning',
    summary: 'Kafka had lost what should be live; it was published again',
    runbook: 'disaster-recovery.md',
  },
  'drill-failed': { severity: 'warning', summary: 'A rollback is not prepared', runbook: 'rollback.md' },
  'feedback-lost': {
    severity: 'critical',
    summary: 'Feedback was removed by retention before it was read',
    runbook: 'feedback-lost.md',
  },
  'history-diverged': {
    severity: 'critical',
    summary: 'Instances were told what this registry never decided',
    runbook: 'disaster-recovery.md',
  },
  'retraining-failed': { severity: 'warning', summary: 'Retraining failed', runbook: 'retraining-failed.md' },
  'topic-remade': {
    severity: 'warning',
    summary: 'A topic of feedback was made anew and is read from its beginning',
    runbook: 'disaster-recovery.md',
  },
} as const satisfies Record<string, AlertDescription>;

export type AlertName = keyof typeof ALERTS;

const isAlert = (name: string): name is AlertName => Object.hasOwn(ALERTS, name);

/** For what is written. Readers take any text: a newer release may know more alerts. */
export const AlertName = z.enum(Object.keys(ALERTS).filter(isAlert));

const UNKNOWN: AlertDescription = {
  severity: 'warning',
  summary: 'The registry calls attention',
  runbook: 'deployments.md',
};

/** Alerts of a newer release's table are told as well as can be. */
export const describeAlert = (name: string): AlertDescription => (isAlert(name) ? ALERTS[name] : UNKNOWN);
