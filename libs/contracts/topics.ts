import type { z } from 'zod';
import {
  ActivationFailed,
  CommandRejected,
  DeploymentFailed,
  DeployRequested,
  DesiredState,
  Heartbeat,
  ModelActivated,
  ModelLoaded,
  RollbackRequested,
} from './events/deployment.js';
import { AccuracyDrop, DatasetShrunk, DriftDetected, ModelEvaluated } from './events/evaluation.js';
import { AutomationOutcome, DeadLetter, Prediction, ShadowOutcome } from './events/feedback.js';
import { ModelTrained, TrainingFailed, TrainingProgress, TrainingRequested } from './events/training.js';

export interface TopicDefinition<S extends z.ZodType = z.ZodType> {
  readonly schema: S;
  /** What the message key holds. Messages with one key stay in order. */
  readonly key: 'task id' | 'source key' | 'model' | 'run' | 'command id' | 'instance';
  readonly partitions: number;
  readonly cleanup: 'delete' | 'compact';
  readonly producers: readonly string[];
  readonly consumers: readonly string[];
  readonly summary: string;
}

const topic = <S extends z.ZodType>(definition: TopicDefinition<S>): TopicDefinition<S> => definition;

/** The topic table: created from here at start, and published as docs/asyncapi.yaml. */
export const TOPICS = {
  'automation.outcomes': topic({
    schema: AutomationOutcome,
    key: 'task id',
    partitions: 4,
    cleanup: 'delete',
    producers: ['engine', 'replay'],
    consumers: ['feedback-ingest'],
    summary: 'What happened to each attempt of a task.',
  }),
  'shadow.outcomes': topic({
    schema: ShadowOutcome,
    key: 'task id',
    partitions: 4,
    cleanup: 'delete',
    producers: ['engine', 'replay'],
    consumers: ['feedback-ingest'],
    summary: 'What the rules executed beside what a model would have suggested.',
  }),
  predictions: topic({
    schema: Prediction,
    key: 'task id',
    partitions: 4,
    cleanup: 'delete',
    producers: ['serving', 'replay'],
    consumers: ['feedback-ingest'],
    summary: 'Every decision, with the features as known at decision time.',
  }),
  'feedback.dead-letter': topic({
    schema: DeadLetter,
    key: 'source key',
    partitions: 1,
    cleanup: 'delete',
    producers: ['feedback-ingest'],
    consumers: ['operators', 'replay'],
    summary: 'Messages that could not be taken, with the reason and the raw bytes.',
  }),
  'training.requested': topic({
    schema: TrainingRequested,
    key: 'model',
    partitions: 1,
    cleanup: 'delete',
    producers: ['trainer schedule', 'cli', 'console', 'evaluator', 'operators'],
    consumers: ['trainer', 'console'],
    summary: 'Asks for a training run.',
  }),
  'training.progress': topic({
    schema: TrainingProgress,
    key: 'run',
    partitions: 1,
    cleanup: 'delete',
    producers: ['trainer'],
    consumers: ['registry', 'console', 'cli'],
    summary: 'Where a training run is.',
  }),
  'model.trained': topic({
    schema: ModelTrained,
    key: 'model',
    partitions: 1,
    cleanup: 'delete',
    producers: ['trainer'],
    consumers: ['evaluator', 'registry'],
    summary: 'A package is in the artifact store.',
  }),
  'training.failed': topic({
    schema: TrainingFailed,
    key: 'model',
    partitions: 1,
    cleanup: 'delete',
    producers: ['trainer'],
    consumers: ['registry', 'alerts'],
    summary: 'A run ended without a package; the live model is untouched.',
  }),
  'model.evaluated': topic({
    schema: ModelEvaluated,
    key: 'model',
    partitions: 1,
    cleanup: 'delete',
    producers: ['evaluator'],
    consumers: ['registry'],
    summary: 'Challenger against champion on the same holdout rows, and the verdict of the gate.',
  }),
  'model.accuracy-drop': topic({
    schema: AccuracyDrop,
    key: 'model',
    partitions: 1,
    cleanup: 'delete',
    producers: ['evaluator'],
    consumers: ['registry', 'alerts'],
    summary: 'The live version became worse than its reference.',
  }),
  'data.drift-detected': topic({
    schema: DriftDetected,
    key: 'model',
    partitions: 1,
    cleanup: 'delete',
    producers: ['evaluator'],
    consumers: ['registry', 'alerts'],
    summary: 'Inputs no longer look like the training data.',
  }),
  'data.dataset-shrunk': topic({
    schema: DatasetShrunk,
    key: 'model',
    partitions: 1,
    cleanup: 'delete',
    producers: ['feedback-ingest'],
    consumers: ['registry', 'alerts'],
    summary: 'The next training would see fewer rows than the last.',
  }),
  'model.deploy-requested': topic({
    schema: DeployRequested,
    key: 'model',
    partitions: 1,
    cleanup: 'delete',
    producers: ['operators'],
    consumers: ['registry'],
    summary: 'Command: make this version live.',
  }),
  'model.rollback-requested': topic({
    schema: RollbackRequested,
    key: 'model',
    partitions: 1,
    cleanup: 'delete',
    producers: ['operators'],
    consumers: ['registry'],
    summary: 'Command: go back to the previous version, or to the one named.',
  }),
  'model.command-rejected': topic({
    schema: CommandRejected,
    key: 'command id',
    partitions: 1,
    cleanup: 'delete',
    producers: ['registry'],
    consumers: ['operators', 'console'],
    summary: 'A command that changed nothing, and why.',
  }),
  'model.staged': topic({
    schema: DesiredState,
    key: 'model',
    partitions: 1,
    cleanup: 'compact',
    producers: ['registry'],
    consumers: ['serving', 'evaluator', 'console'],
    summary: 'Desired state: load and verify the staged version; what is live stays live.',
  }),
  'model.canary-advanced': topic({
    schema: DesiredState,
    key: 'model',
    partitions: 1,
    cleanup: 'compact',
    producers: ['registry'],
    consumers: ['serving', 'evaluator', 'console'],
    summary: 'Desired state: send this share of the tasks to the canary.',
  }),
  'model.promoted': topic({
    schema: DesiredState,
    key: 'model',
    partitions: 1,
    cleanup: 'compact',
    producers: ['registry'],
    consumers: ['serving', 'evaluator', 'console'],
    summary: 'Desired state: the staged version is live.',
  }),
  'model.rolled-back': topic({
    schema: DesiredState,
    key: 'model',
    partitions: 1,
    cleanup: 'compact',
    producers: ['registry'],
    consumers: ['serving', 'evaluator', 'console'],
    summary: 'Desired state: an earlier version is live again.',
  }),
  'model.loaded': topic({
    schema: ModelLoaded,
    key: 'instance',
    partitions: 1,
    cleanup: 'delete',
    producers: ['serving'],
    consumers: ['registry'],
    summary: 'An instance has loaded and verified the staged version.',
  }),
  'model.activated': topic({
    schema: ModelActivated,
    key: 'instance',
    partitions: 1,
    cleanup: 'delete',
    producers: ['serving'],
    consumers: ['registry'],
    summary: 'An instance answers by this generation.',
  }),
  'model.activation-failed': topic({
    schema: ActivationFailed,
    key: 'instance',
    partitions: 1,
    cleanup: 'delete',
    producers: ['serving'],
    consumers: ['registry'],
    summary: 'An instance cannot follow this generation.',
  }),
  'serving.heartbeat': topic({
    schema: Heartbeat,
    key: 'instance',
    partitions: 1,
    cleanup: 'compact',
    producers: ['serving'],
    consumers: ['registry'],
    summary: 'Who is there and what it serves. A null value says goodbye.',
  }),
  'deployment.failed': topic({
    schema: DeploymentFailed,
    key: 'model',
    partitions: 1,
    cleanup: 'delete',
    producers: ['registry'],
    consumers: ['alerts'],
    summary: 'A deployment was given up; the previous version is live.',
  }),
} as const satisfies Record<string, TopicDefinition>;

export type Topic = keyof typeof TOPICS;

/** What a topic's message value holds once validated. */
export type EventOf<T extends Topic> = z.infer<(typeof TOPICS)[T]['schema']>;

/** The four that together carry the whole desired state. */
export const DESIRED_STATE_TOPICS = [
  'model.staged',
  'model.canary-advanced',
  'model.promoted',
  'model.rolled-back',
] as const;
