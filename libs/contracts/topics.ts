import type { z } from 'zod';
import { ModelDefined } from './events/definition.js';
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
import { AutomationOutcome, DeadLetter, ParkedMessage, Prediction, ShadowOutcome } from './events/feedback.js';
import { InstallationClaimed } from './events/installation.js';
import {
  CancelRequested,
  ModelTrained,
  TrainingCancelled,
  TrainingFailed,
  TrainingProgress,
  TrainingRequested,
} from './events/training.js';

/** What an answer of the API is about; an event that makes answers stale says of which. */
export type Subject =
  | 'models'
  | 'model'
  | 'versions'
  | 'version'
  | 'compare'
  | 'deployments'
  | 'deployment'
  | 'canary'
  | 'shadow'
  | 'runs'
  | 'run-log'
  | 'audit'
  | 'accuracy'
  | 'drift'
  | 'dataset'
  | 'dead-letters'
  | 'feedback-sources';

/** Made stale by whatever happens to a deployment … */
export const DEPLOYMENT = [
  'models',
  'model',
  'deployments',
  'deployment',
  'canary',
  'shadow',
] as const satisfies readonly Subject[];
/** … and by what changes the desired state. */
const DESIRED_STATE = [...DEPLOYMENT, 'versions', 'version', 'compare', 'audit'] as const satisfies readonly Subject[];

export interface TopicDefinition<
  S extends z.ZodType = z.ZodType,
  Shown extends readonly Subject[] | null = readonly Subject[] | null,
> {
  readonly schema: S;
  /** What the message key holds. Messages with one key stay in order. */
  readonly key: 'task id' | 'source key' | 'model' | 'run' | 'command id' | 'instance' | 'installation';
  readonly partitions: number;
  readonly cleanup: 'delete' | 'compact';
  readonly producers: readonly string[];
  readonly consumers: readonly string[];
  readonly summary: string;
  /** For what people should see: passed on to whoever follows, and the answers it makes stale. Null for the rest. */
  readonly shown: Shown;
}

const topic = <S extends z.ZodType, const Shown extends readonly Subject[] | null>(
  definition: TopicDefinition<S, Shown>,
): TopicDefinition<S, Shown> => definition;

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
    shown: null,
  }),
  'shadow.outcomes': topic({
    schema: ShadowOutcome,
    key: 'task id',
    partitions: 4,
    cleanup: 'delete',
    producers: ['engine', 'replay'],
    consumers: ['feedback-ingest'],
    summary: 'What the rules executed beside what a model would have suggested.',
    shown: null,
  }),
  predictions: topic({
    schema: Prediction,
    key: 'task id',
    partitions: 4,
    cleanup: 'delete',
    producers: ['serving', 'replay'],
    consumers: ['feedback-ingest'],
    summary: 'Every decision, with the features as known at decision time.',
    shown: null,
  }),
  'feedback.dead-letter': topic({
    schema: DeadLetter,
    key: 'source key',
    partitions: 1,
    cleanup: 'delete',
    producers: ['feedback-ingest'],
    consumers: ['operators', 'replay'],
    summary: 'Messages that could not be taken, with the reason and the raw bytes.',
    shown: null,
  }),
  'events.dead-letter': topic({
    schema: ParkedMessage,
    key: 'source key',
    partitions: 1,
    cleanup: 'delete',
    producers: ['feedback-ingest', 'trainer', 'evaluator', 'registry', 'serving'],
    consumers: ['feedback-ingest', 'operators'],
    shown: null,
    summary: 'Events and commands that a service could not handle, byte for byte; the header ratchet-parked says why.',
  }),
  'training.requested': topic({
    schema: TrainingRequested,
    key: 'model',
    partitions: 1,
    cleanup: 'delete',
    producers: ['trainer schedule', 'cli', 'console', 'evaluator', 'operators'],
    consumers: ['trainer', 'console'],
    summary: 'Asks for a training run.',
    shown: ['runs', 'audit'],
  }),
  'training.progress': topic({
    schema: TrainingProgress,
    key: 'run',
    partitions: 1,
    cleanup: 'delete',
    producers: ['trainer'],
    consumers: ['registry', 'console', 'cli'],
    summary: 'Where a training run is.',
    shown: ['runs'],
  }),
  'model.trained': topic({
    schema: ModelTrained,
    key: 'model',
    partitions: 1,
    cleanup: 'delete',
    producers: ['trainer'],
    consumers: ['evaluator', 'registry'],
    summary: 'A package is in the artifact store.',
    shown: ['runs', 'run-log', 'model', 'models'],
  }),
  'training.failed': topic({
    schema: TrainingFailed,
    key: 'model',
    partitions: 1,
    cleanup: 'delete',
    producers: ['trainer'],
    consumers: ['registry', 'alerts'],
    summary: 'A run ended without a package; the live model is untouched.',
    shown: ['runs', 'run-log', 'model', 'models'],
  }),
  'training.cancel-requested': topic({
    schema: CancelRequested,
    key: 'model',
    partitions: 1,
    cleanup: 'delete',
    producers: ['registry'],
    consumers: ['trainer', 'console'],
    summary: 'Command: end this run without a package.',
    shown: ['audit'],
  }),
  'training.cancelled': topic({
    schema: TrainingCancelled,
    key: 'model',
    partitions: 1,
    cleanup: 'delete',
    producers: ['trainer'],
    consumers: ['registry', 'console'],
    summary: 'Somebody ended a run before it had a package; the live model is untouched.',
    shown: ['runs', 'run-log', 'model', 'models'],
  }),
  'model.evaluated': topic({
    schema: ModelEvaluated,
    key: 'model',
    partitions: 1,
    cleanup: 'delete',
    producers: ['evaluator'],
    consumers: ['registry'],
    summary: 'Challenger against champion on the same holdout rows, and the verdict of the gate.',
    shown: ['runs', 'model', 'models', 'versions', 'version', 'compare', 'audit'],
  }),
  'model.accuracy-drop': topic({
    schema: AccuracyDrop,
    key: 'model',
    partitions: 1,
    cleanup: 'delete',
    producers: ['evaluator'],
    consumers: ['registry', 'alerts'],
    summary: 'The live version became worse than its reference.',
    shown: ['model', 'models', 'accuracy', 'audit'],
  }),
  'data.drift-detected': topic({
    schema: DriftDetected,
    key: 'model',
    partitions: 1,
    cleanup: 'delete',
    producers: ['evaluator'],
    consumers: ['registry', 'alerts'],
    summary: 'Inputs no longer look like the training data.',
    shown: ['model', 'models', 'drift'],
  }),
  'data.dataset-shrunk': topic({
    schema: DatasetShrunk,
    key: 'model',
    partitions: 1,
    cleanup: 'delete',
    producers: ['feedback-ingest'],
    consumers: ['registry', 'alerts'],
    summary: 'The next training would see fewer rows than the last.',
    shown: ['model', 'models', 'dataset'],
  }),
  'model.deploy-requested': topic({
    schema: DeployRequested,
    key: 'model',
    partitions: 1,
    cleanup: 'delete',
    producers: ['operators'],
    consumers: ['registry'],
    summary: 'Command: make this version live.',
    shown: null,
  }),
  'model.rollback-requested': topic({
    schema: RollbackRequested,
    key: 'model',
    partitions: 1,
    cleanup: 'delete',
    producers: ['operators'],
    consumers: ['registry'],
    summary: 'Command: go back to the previous version, or to the one named.',
    shown: null,
  }),
  'model.command-rejected': topic({
    schema: CommandRejected,
    key: 'command id',
    partitions: 1,
    cleanup: 'delete',
    producers: ['registry'],
    consumers: ['operators', 'console'],
    summary: 'A command that changed nothing, and why.',
    shown: ['audit'],
  }),
  'installation.claimed': topic({
    schema: InstallationClaimed,
    key: 'installation',
    partitions: 1,
    cleanup: 'compact',
    producers: ['feedback-ingest', 'trainer', 'evaluator', 'registry'],
    consumers: ['feedback-ingest', 'trainer', 'evaluator', 'registry', 'operators'],
    summary: 'Whose topics these are: the installation that said so first.',
    shown: null,
  }),
  'model.defined': topic({
    schema: ModelDefined,
    key: 'model',
    partitions: 1,
    cleanup: 'compact',
    producers: ['registry'],
    consumers: ['feedback-ingest', 'trainer', 'evaluator', 'registry', 'serving', 'console'],
    summary: 'What a model is from now on; the highest revision holds.',
    shown: ['models', 'model', 'audit'],
  }),
  'model.staged': topic({
    schema: DesiredState,
    key: 'model',
    partitions: 1,
    cleanup: 'compact',
    producers: ['registry'],
    consumers: ['serving', 'evaluator', 'console'],
    summary: 'Desired state: load and verify the staged version; what is live stays live.',
    shown: DESIRED_STATE,
  }),
  'model.canary-advanced': topic({
    schema: DesiredState,
    key: 'model',
    partitions: 1,
    cleanup: 'compact',
    producers: ['registry'],
    consumers: ['serving', 'evaluator', 'console'],
    summary: 'Desired state: send this share of the tasks to the canary.',
    shown: DESIRED_STATE,
  }),
  'model.promoted': topic({
    schema: DesiredState,
    key: 'model',
    partitions: 1,
    cleanup: 'compact',
    producers: ['registry'],
    consumers: ['serving', 'evaluator', 'console'],
    summary: 'Desired state: the staged version is live.',
    shown: DESIRED_STATE,
  }),
  'model.rolled-back': topic({
    schema: DesiredState,
    key: 'model',
    partitions: 1,
    cleanup: 'compact',
    producers: ['registry'],
    consumers: ['serving', 'evaluator', 'console'],
    summary: 'Desired state: an earlier version is live again.',
    shown: DESIRED_STATE,
  }),
  'model.loaded': topic({
    schema: ModelLoaded,
    key: 'instance',
    partitions: 1,
    cleanup: 'delete',
    producers: ['serving'],
    consumers: ['registry'],
    summary: 'An instance has loaded and verified the staged version.',
    shown: DEPLOYMENT,
  }),
  'model.activated': topic({
    schema: ModelActivated,
    key: 'instance',
    partitions: 1,
    cleanup: 'delete',
    producers: ['serving'],
    consumers: ['registry'],
    summary: 'An instance answers by this generation.',
    shown: DEPLOYMENT,
  }),
  'model.activation-failed': topic({
    schema: ActivationFailed,
    key: 'instance',
    partitions: 1,
    cleanup: 'delete',
    producers: ['serving'],
    consumers: ['registry'],
    summary: 'An instance cannot follow this generation.',
    shown: DEPLOYMENT,
  }),
  'serving.heartbeat': topic({
    schema: Heartbeat,
    key: 'instance',
    partitions: 1,
    cleanup: 'compact',
    producers: ['serving'],
    consumers: ['registry'],
    summary: 'Who is there and what it serves. A null value says goodbye.',
    shown: null,
  }),
  'deployment.failed': topic({
    schema: DeploymentFailed,
    key: 'model',
    partitions: 1,
    cleanup: 'delete',
    producers: ['registry'],
    consumers: ['alerts'],
    summary: 'A deployment was given up; the previous version is live.',
    shown: DESIRED_STATE,
  }),
} as const satisfies Record<string, TopicDefinition>;

export type Topic = keyof typeof TOPICS;

/** A topic that people should see. What tells of events has something to say of each. */
export type ShownTopic = { [T in Topic]: (typeof TOPICS)[T]['shown'] extends null ? never : T }[Topic];

const isTopic = (name: string): name is Topic => Object.hasOwn(TOPICS, name);

export const isShown = (name: string): name is ShownTopic => isTopic(name) && TOPICS[name].shown !== null;

export const SHOWN_TOPICS: readonly ShownTopic[] = Object.keys(TOPICS).filter(isShown);

/** What a topic's message value holds once validated. */
export type EventOf<T extends Topic> = z.infer<(typeof TOPICS)[T]['schema']>;

/** The four that together carry the whole desired state. */
export const DESIRED_STATE_TOPICS = [
  'model.staged',
  'model.canary-advanced',
  'model.promoted',
  'model.rolled-back',
] as const;
