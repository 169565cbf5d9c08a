import type { ModelDefined } from '#contracts/events/definition';
import type { DesiredState, Heartbeat } from '#contracts/events/deployment';
import type { ModelStatistics } from '#contracts/http/inference';
import type { EventOf } from '#contracts/topics';
import type { AcknowledgementTopic } from '../deployment/acknowledger.js';

/** How far a worker is, for the registry. */
export type Acknowledgement = {
  [T in AcknowledgementTopic]: { readonly topic: T; readonly event: EventOf<T> };
}[AcknowledgementTopic];

/** What the primary answers to a request for the instance as a whole. */
export interface InstanceAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** A metric as prom-client's registry tells of it. */
export interface Metric {
  readonly name: string;
  readonly type: unknown;
}

/** What a worker has counted. */
export interface Figures {
  readonly metrics: readonly Metric[];
  readonly statistics: ModelStatistics;
}

/** From the primary to a worker. */
export type ToWorker =
  | { readonly kind: 'desired'; readonly desired: DesiredState }
  | { readonly kind: 'defined'; readonly defined: Pick<ModelDefined, 'model' | 'revision' | 'definition'> }
  /** All that was in the topics at start has been sent. */
  | { readonly kind: 'caught-up' }
  | { readonly kind: 'listen' }
  | { readonly kind: 'count'; readonly id: number }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: InstanceAnswer };

/** From a worker to the primary. */
export type FromWorker =
  /** It follows from now on: before, nothing that is sent would be heard. */
  | { readonly kind: 'follows' }
  | { readonly kind: 'acknowledgement'; readonly acknowledgement: Acknowledgement }
  | { readonly kind: 'beat'; readonly beat: Heartbeat }
  /** Asks to be told to listen. `heard`: how many desired states it has been sent. */
  | { readonly kind: 'may-listen'; readonly heard: number; readonly beat: Heartbeat }
  | { readonly kind: 'figures'; readonly id: number; readonly figures: Figures }
  | { readonly kind: 'ask'; readonly id: number; readonly path: string };
