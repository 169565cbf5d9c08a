import type { VersionRef } from '#contracts/primitives';
import type { ModelState } from './state.js';

/** What an instance says it answers by. */
export interface Served {
  instance: string;
  /** 0 while it has none. */
  generation: number;
  seenGeneration: number;
  /** Null where it does not say. */
  epoch: string | null;
  live: VersionRef | null;
}

/** What the world says of a model, whatever the registry thinks. */
export interface Observation {
  /** The desired state with the highest generation in the topics; null when they hold none. */
  topics: { generation: number; epoch: string | null; live: VersionRef | null } | null;
  /** The instances that are there. */
  served: readonly Served[];
  /** Digests of packages that the registry has no version for and that are whole in the artifact store. */
  whole: ReadonlySet<string>;
  /** How often generations of another history were answered of late. */
  mendedOfLate: number;
  /** Whether it still stands as an alert that the topics had lost the desired state. */
  lossIsTold: boolean;
}

/** Whether a generation was given out by another history than this one. Who does not say is believed. */
export const ofAnotherHistory = (state: Pick<ModelState, 'epoch'>, epoch: string | null | undefined): boolean =>
  (epoch ?? null) !== null && state.epoch !== null && epoch !== state.epoch;

/** How an instance stands to what is wanted. */
export type Standing = 'in-step' | 'idle' | 'behind' | 'ahead' | 'other-history';

/** `idle`: it has heard of nothing although something is live. `ahead`: by a generation that was never given out. */
export function standingOf(
  instance: { generation: number | null; epoch?: string | null | undefined },
  state: { generation: number; epoch: string | null; live: { generation: number } | null },
): Standing {
  const generation = instance.generation ?? 0;
  if (generation > state.generation) return 'ahead';
  if (state.live === null) return 'in-step';
  if (generation === 0) return 'idle';
  if (ofAnotherHistory(state, instance.epoch)) return 'other-history';
  return generation < state.live.generation ? 'behind' : 'in-step';
}

/** Why an instance should not be relied on, in words that follow its name; null while it may be. */
export function unreadyReason(
  said: { readonly ready: boolean; readonly unready: string | null; readonly deafSince: string | null },
  standing: Standing,
  live: string | null,
): string | null {
  if (said.deafSince !== null) return `it sends and hears nothing from Kafka since ${said.deafSince}`;
  if (standing === 'idle') return `it was told of no version, though ${live ?? 'one'} is live: its topics are empty`;
  if (said.ready) return null;
  return said.unready ?? 'it says so, and its /health/ready says why';
}

/** So many generations stay above whatever is gone above, for all that will ever be decided. */
const ROOM = 2 ** 40;

/** Whether this history can go on above a generation that somebody gave out. */
export const hasRoomAbove = (generation: number): boolean => generation <= Number.MAX_SAFE_INTEGER - ROOM;
