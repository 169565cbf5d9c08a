import type { z } from 'zod';
import { ModelDefined } from '#contracts/events/definition';
import {
  ActivationFailed,
  CommandRejected,
  DeploymentFailed,
  DesiredState,
  ModelActivated,
  ModelLoaded,
} from '#contracts/events/deployment';
import { AccuracyDrop, DatasetShrunk, DriftDetected, ModelEvaluated } from '#contracts/events/evaluation';
import {
  CancelRequested,
  ModelTrained,
  TrainingCancelled,
  TrainingFailed,
  TrainingProgress,
  TrainingRequested,
} from '#contracts/events/training';
import { isShown, type ShownTopic } from '#contracts/topics';
import { printable } from './printable.js';
import { count, duration, ratio, short } from './quantities.js';

type Describe = (data: unknown) => string | null;

/** Null for a value that is not as the contract says: another release, perhaps. */
const line =
  <S extends z.ZodType>(schema: S, describe: (event: z.infer<S>) => string): Describe =>
  (data) => {
    const event = schema.safeParse(data);
    return event.success ? describe(event.data) : null;
  };

const desired = (describe: (state: DesiredState) => string): Describe =>
  line(DesiredState, (state) => `${describe(state)} (generation ${state.generation}, ${state.actor}: ${state.reason})`);

/** What each kind of event says in a line. */
const LINES: Readonly<Record<ShownTopic, Describe>> = {
  'training.requested': line(TrainingRequested, (e) => `training requested by ${e.actor} (${e.trigger})`),
  'training.progress': line(TrainingProgress, (e) => `training ${Math.floor(e.progress * 100)} %: ${e.message}`),
  'training.failed': line(TrainingFailed, (e) => `training failed at ${e.stage}: ${e.reason}`),
  'training.cancel-requested': line(
    CancelRequested,
    (e) => `${e.actor} wants run ${short(e.run_id)} ended: ${e.reason}`,
  ),
  'training.cancelled': line(TrainingCancelled, (e) => `training cancelled at ${e.stage} by ${e.actor}: ${e.reason}`),
  'model.trained': line(
    ModelTrained,
    (e) => `trained ${e.backend} on ${count(e.dataset_size)} rows in ${duration(e.duration_ms)}`,
  ),
  'model.evaluated': line(ModelEvaluated, (e) => `verdict ${e.gate.verdict}: ${e.gate.summary}`),
  'model.accuracy-drop': line(
    AccuracyDrop,
    (e) => `${e.version}: live accuracy ${ratio(e.live_accuracy)}, reference ${ratio(e.reference_accuracy)}`,
  ),
  'data.drift-detected': line(
    DriftDetected,
    (e) => `${e.version}: drift in ${e.features.map((f) => f.feature).join(', ')}`,
  ),
  'data.dataset-shrunk': line(
    DatasetShrunk,
    (e) => `the dataset has ${count(e.rows)} rows, ${count(e.last_trained_rows)} at the last training`,
  ),
  'model.defined': line(ModelDefined, (e) => `${e.model} is defined, revision ${e.revision} (${e.actor}: ${e.reason})`),
  'model.staged': desired((e) => {
    if (e.generation === 0) return 'nothing is decided yet';
    return e.staged === null ? `${e.live?.version ?? 'nothing'} stays live` : `staging ${e.staged.version}`;
  }),
  'model.canary-advanced': desired((e) =>
    e.canary ? `canary ${e.canary.version} at ${e.canary.percent} %` : 'canary ended',
  ),
  'model.promoted': desired((e) => `${e.live?.version ?? 'nothing'} is live`),
  'model.rolled-back': desired((e) => `back to ${e.live?.version ?? 'nothing'}`),
  'model.command-rejected': line(CommandRejected, (e) => `${e.command} of ${e.actor} rejected: ${e.detail}`),
  'model.loaded': line(ModelLoaded, (e) => `${e.instance} loaded and verified ${e.version} in ${duration(e.load_ms)}`),
  'model.activated': line(ModelActivated, (e) => `${e.instance} serves ${e.version} after ${duration(e.swap_ms)}`),
  'model.activation-failed': line(ActivationFailed, (e) => `${e.instance} cannot serve ${e.version}: ${e.detail}`),
  'deployment.failed': line(DeploymentFailed, (e) => `deployment of ${e.version} given up: ${e.reason}`),
};

/** An event in one line; null for kinds that say nothing of their own, such as the registry's view of a deployment. */
export function eventLine(name: string, data: unknown): string | null {
  const text = isShown(name) ? LINES[name](data) : null;
  return text === null ? null : printable(text);
}
