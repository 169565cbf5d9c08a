import { ACCESS_OPERATIONS } from './access.js';
import { ALERT_OPERATIONS } from './alerts.js';
import { AUDIT_OPERATIONS } from './audit.js';
import { BACKUP_OPERATIONS } from './backups.js';
import { DATASET_OPERATIONS } from './dataset.js';
import { DEFINITION_OPERATIONS } from './definitions.js';
import { DEPLOYMENT_OPERATIONS } from './deployments.js';
import { DESCRIPTION_OPERATIONS } from './description.js';
import { EVENT_OPERATIONS } from './events.js';
import { FEEDBACK_OPERATIONS } from './feedback.js';
import { HEALTH_OPERATIONS } from './health.js';
import { INFERENCE_OPERATIONS } from './inference.js';
import { INGEST_OPERATIONS } from './ingest.js';
import { LABEL_OPERATIONS } from './labels.js';
import { LEASE_OPERATIONS } from './leases.js';
import { METRIC_OPERATIONS } from './metrics.js';
import { MODEL_OPERATIONS } from './models.js';
import type { Operations } from './operation.js';
import { PACKAGE_OPERATIONS } from './packages.js';
import { RECONCILIATION_OPERATIONS } from './reconciliation.js';
import { ROLLOUT_OPERATIONS } from './rollout.js';
import { RUN_OPERATIONS } from './runs.js';
import { DECISION_OPERATIONS } from './serving.js';
import { VERSION_OPERATIONS } from './versions.js';

interface Service {
  readonly title: string;
  readonly description: string;
  readonly port: number;
  readonly operations: Operations;
}

const {
  listDeadLetters,
  searchDeadLetters,
  replayDeadLetters,
  dropDeadLetters,
  readFeedbackSources,
  listStreamIncidents,
} = FEEDBACK_OPERATIONS;
const { summariseDataset } = DATASET_OPERATIONS;
/** What the registry passes on, so that the console needs one address only. */
const FORWARDED = {
  summariseDataset,
  listDeadLetters,
  searchDeadLetters,
  replayDeadLetters,
  dropDeadLetters,
  readFeedbackSources,
  listStreamIncidents,
};

/** Which service answers which areas. One that lacks a handler for any of these, or has another, does not start. */
export const SERVICES = {
  registry: {
    title: 'Ratchet registry',
    description:
      'Versions, deployments, rollbacks, training runs and the audit log. The only writer of what should be live.',
    port: 7400,
    operations: {
      ...MODEL_OPERATIONS,
      ...DEFINITION_OPERATIONS,
      ...VERSION_OPERATIONS,
      ...LABEL_OPERATIONS,
      ...DEPLOYMENT_OPERATIONS,
      ...RECONCILIATION_OPERATIONS,
      ...ROLLOUT_OPERATIONS,
      ...BACKUP_OPERATIONS,
      ...PACKAGE_OPERATIONS,
      ...RUN_OPERATIONS,
      ...ALERT_OPERATIONS,
      ...AUDIT_OPERATIONS,
      ...METRIC_OPERATIONS,
      ...ACCESS_OPERATIONS,
      ...EVENT_OPERATIONS,
      ...FORWARDED,
      ...DESCRIPTION_OPERATIONS,
      ...HEALTH_OPERATIONS,
    },
  },
  serving: {
    title: 'Ratchet serving',
    description: 'Decisions of the live version, as one recommendation or by the Open Inference Protocol V2.',
    port: 7410,
    operations: { ...DECISION_OPERATIONS, ...INFERENCE_OPERATIONS, ...HEALTH_OPERATIONS },
  },
  'feedback-ingest': {
    title: 'Ratchet feedback-ingest',
    description: 'Files and the historical API, into the dataset exactly once.',
    port: 7420,
    operations: { ...INGEST_OPERATIONS, ...FEEDBACK_OPERATIONS, ...DATASET_OPERATIONS, ...HEALTH_OPERATIONS },
  },
  trainer: {
    title: 'Ratchet trainer',
    description: 'Turns a frozen snapshot into a model package; lends runs to external trainers.',
    port: 7430,
    operations: { ...LEASE_OPERATIONS, ...HEALTH_OPERATIONS },
  },
  evaluator: {
    title: 'Ratchet evaluator',
    description: 'Judges challengers, and what is live.',
    port: 7440,
    operations: HEALTH_OPERATIONS,
  },
} as const satisfies Record<string, Service>;

export type ServiceName = keyof typeof SERVICES;

/** Every operation of every service, by its name. */
export const OPERATIONS = {
  ...SERVICES.registry.operations,
  ...SERVICES.serving.operations,
  ...SERVICES['feedback-ingest'].operations,
  ...SERVICES.trainer.operations,
};

type OperationTable = typeof OPERATIONS;

/** The operations of a service, or of all. */
export type OperationName<S extends ServiceName = ServiceName> = S extends ServiceName
  ? keyof OperationTable & keyof (typeof SERVICES)[S]['operations']
  : never;

export type OperationNamed<N extends OperationName> = OperationTable[N];
