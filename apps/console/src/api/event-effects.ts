import type { Topic } from '#contracts/topics';

/** What a cached answer is about; the first part of its query key, with the model where it has one as the second. */
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

const DEPLOYMENT: readonly Subject[] = ['models', 'model', 'deployments', 'deployment', 'canary', 'shadow'];
const DESIRED_STATE: readonly Subject[] = [...DEPLOYMENT, 'versions', 'version', 'compare', 'audit'];

/** Beside the topics: a deployment as `GET …/deployments/{id}` gives it, whenever it changed. */
type EventName = Topic | 'deployment';

/** Which answers an event makes stale. What is not listed changes nothing that is shown. */
const EFFECTS: Partial<Record<EventName, readonly Subject[]>> = {
  deployment: DEPLOYMENT,
  'training.requested': ['runs', 'audit'],
  'training.progress': ['runs'],
  'training.failed': ['runs', 'run-log', 'model', 'models'],
  'model.trained': ['runs', 'run-log', 'model', 'models'],
  'model.evaluated': ['runs', 'model', 'models', 'versions', 'version', 'compare', 'audit'],
  'model.accuracy-drop': ['model', 'models', 'accuracy', 'audit'],
  'data.drift-detected': ['model', 'models', 'drift'],
  'data.dataset-shrunk': ['model', 'models', 'dataset'],
  'model.command-rejected': ['audit'],
  'model.staged': DESIRED_STATE,
  'model.canary-advanced': DESIRED_STATE,
  'model.promoted': DESIRED_STATE,
  'model.rolled-back': DESIRED_STATE,
  'model.loaded': DEPLOYMENT,
  'model.activated': DEPLOYMENT,
  'model.activation-failed': DEPLOYMENT,
  'serving.heartbeat': ['model', 'models'],
  'deployment.failed': DESIRED_STATE,
  'feedback.dead-letter': ['dead-letters'],
};

const isKnown = (name: string): name is EventName => Object.hasOwn(EFFECTS, name);

/** The subjects to ask for again after an event of this name. */
export function staleAfter(name: string): readonly Subject[] {
  return isKnown(name) ? (EFFECTS[name] ?? []) : [];
}
