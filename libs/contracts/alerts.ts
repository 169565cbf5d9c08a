import { ratchet } from './command-line.js';

export interface AlertDescription {
  readonly severity: 'critical' | 'warning';
  readonly summary: string;
  /** Page below docs/operations/. */
  readonly runbook: string;
  /** What helps, in a few words, and what to type for it. */
  readonly help: { readonly words: string; readonly command: (model: string) => string };
}

const history: AlertDescription['help'] = {
  words: 'What happened, and what was done about it',
  command: (model) => ratchet('history', model),
};
const decide: AlertDescription['help'] = {
  words: 'Decide what holds',
  command: (model) => ratchet('reconcile list', model),
};
const incidents: AlertDescription['help'] = {
  words: 'Which offsets of which partitions',
  command: () => ratchet('dataset incidents', null),
};

/** What the registry calls attention to, and what is told about it beside its own detail. */
export const ALERTS = {
  'accuracy-drop': {
    severity: 'critical',
    summary: 'Live accuracy fell below its reference',
    runbook: 'accuracy-drop.md',
    help: history,
  },
  'approval-wanted': {
    severity: 'warning',
    summary: "A version waits for people's consent",
    runbook: 'deployments.md',
    help: { words: 'Which, who has consented, and how to', command: (model) => ratchet('status', model) },
  },
  'auto-deploy-held': {
    severity: 'warning',
    summary: 'A version passed the gate and was not deployed',
    runbook: 'deployments.md',
    help: { words: 'Which version, and its verdict', command: (model) => ratchet('list', model) },
  },
  'backup-damaged': {
    severity: 'warning',
    summary: 'A backup is damaged',
    runbook: 'rollback.md',
    help: { words: 'Which, and what is wrong', command: (model) => ratchet('backup verify', model) },
  },
  'data-drift': {
    severity: 'warning',
    summary: 'Inputs no longer look like the training data',
    runbook: 'data-drift.md',
    help: { words: 'What is live, and how it does', command: (model) => ratchet('status', model) },
  },
  'dataset-shrunk': {
    severity: 'warning',
    summary: 'The dataset is smaller than at the last training',
    runbook: 'dataset-shrunk.md',
    help: { words: 'What the dataset has', command: (model) => ratchet('dataset summary', model) },
  },
  'deployment-failed': {
    severity: 'critical',
    summary: 'A deployment failed',
    runbook: 'deployments.md',
    help: history,
  },
  'desired-state-lost': {
    severity: 'warning',
    summary: 'Kafka had lost what should be live; it was published again',
    runbook: 'disaster-recovery.md',
    help: { words: 'What was lost and found', command: (model) => ratchet('reconcile list', model) },
  },
  'drill-failed': {
    severity: 'warning',
    summary: 'A rollback is not prepared',
    runbook: 'rollback.md',
    help: { words: 'Rehearse it again', command: (model) => ratchet('drill', model) },
  },
  'feedback-lost': {
    severity: 'critical',
    summary: 'Feedback was removed by retention before it was read',
    runbook: 'feedback-lost.md',
    help: incidents,
  },
  'feedback-refused': {
    severity: 'warning',
    summary: 'Messages were refused and wait',
    runbook: 'dead-letters.md',
    help: { words: 'Which, why, and which field', command: () => ratchet('dlq list', null) },
  },
  'feedback-stopped': {
    severity: 'critical',
    summary: 'feedback-ingest is gone or stands still',
    runbook: 'ingest-lag.md',
    help: { words: 'Whether it answers, and what is wrong', command: (model) => ratchet('doctor', model) },
  },
  'history-diverged': {
    severity: 'critical',
    summary: 'Instances were told what this registry never decided',
    runbook: 'disaster-recovery.md',
    help: decide,
  },
  'retraining-failed': {
    severity: 'warning',
    summary: 'Retraining failed',
    runbook: 'retraining-failed.md',
    help: { words: 'Where it failed, and the remedy', command: (model) => ratchet('runs', model) },
  },
  'topic-remade': {
    severity: 'warning',
    summary: 'A topic of feedback was made anew and is read from its beginning',
    runbook: 'disaster-recovery.md',
    help: incidents,
  },
} as const satisfies Record<string, AlertDescription>;

export type AlertName = keyof typeof ALERTS;

const isAlert = (name: string): name is AlertName => Object.hasOwn(ALERTS, name);

/** What can be written. Readers take any text: a newer release may know more alerts. */
export const ALERT_NAMES: readonly AlertName[] = Object.keys(ALERTS).filter(isAlert);

const UNKNOWN: AlertDescription = {
  severity: 'warning',
  summary: 'The registry calls attention',
  runbook: 'deployments.md',
  help: { words: 'What is open', command: (model) => ratchet('status', model) },
};

/** Alerts of a newer release's table are told as well as can be. */
export const describeAlert = (name: string): AlertDescription => (isAlert(name) ? ALERTS[name] : UNKNOWN);
