import type { ActivationFailed, Degraded } from '#contracts/events/deployment';
import type { Verdict } from '#contracts/events/evaluation';
import type { VersionState } from '#contracts/http/versions';
import type { VersionRef } from '#contracts/primitives';
import type { Observation } from './observation.js';
import type { Trial, Trigger } from './state.js';

/** What the registry knows of a version besides its deployment. */
export interface CatalogueEntry {
  ref: VersionRef;
  state: VersionState;
  verdict: Verdict | null;
}

/** A serving instance whose heartbeat is fresh. */
export interface PresentInstance {
  instance: string;
  /** What it acts by for this model; null while it has none. */
  generation: number | null;
  /** The history its generation belongs to; older releases do not say. */
  epoch?: string | null | undefined;
  version: string | null;
  /** Since when it hears nothing of what is decided, though it is there; null or left out while it hears. */
  deafSince?: string | null | undefined;
}

export interface DeploymentSettings {
  /** An acknowledgement may take this long, from the decision and from when it could be heard. */
  deadlineMs: number;
  coolDownMs: number;
  /** Ascending percentages that end at 100. */
  canarySteps: readonly number[];
  /** Ascending percentages of a trial, below 100. */
  trialSteps: readonly number[];
  /** People who have to consent before a version answers anybody; 0 for a model that asks for nobody's. */
  approvals: number;
}

/** The world around one decision; passed in, so that a decision is a function. */
export interface Context {
  now: Date;
  newId: () => string;
  /** Every version of the model, removed ones too. */
  catalogue: ReadonlyMap<string, CatalogueEntry>;
  instances: readonly PresentInstance[];
  /** The highest generation that anybody has spoken of, whoever gave it out; what is published goes above it. */
  highestSeen: number;
  /** For how long acknowledgements could be heard without a break: before a start or in an outage, silence is nobody's. */
  heardForMs: number;
  settings: DeploymentSettings;
}

interface Command {
  actor: string;
  reason: string;
  expectedGeneration: number | null;
}

interface Acknowledgement {
  instance: string;
  generation: number;
  /** The history that the generation belongs to; instances of older releases do not say. */
  epoch?: string | null | undefined;
  version: string;
  digest: string;
}

export type Input =
  /** `authenticated`: the actor is the name of a token, not one that a message gives, so deploying is consenting. */
  | (Command & { kind: 'deploy'; version: string; force: boolean; authenticated?: boolean })
  | (Command & { kind: 'approve'; version: string })
  | (Command & { kind: 'rollback'; version: string | null })
  /** Rehearses a rollback without changing what is served. */
  | { kind: 'drill'; actor: string; reason: string }
  /** A version passed the gate and may go live by itself. */
  | { kind: 'gate-pass'; version: string; champion: string | null; reason: string; recovers?: boolean }
  /** The holdout could not tell a version from the champion: a share of the tasks may. */
  | { kind: 'gate-trial'; version: string; champion: string; reason: string; trial: Trial; recovers?: boolean }
  | (Acknowledgement & { kind: 'loaded' })
  | (Acknowledgement & { kind: 'activated' })
  | {
      kind: 'activation-failed';
      instance: string;
      generation: number;
      epoch?: string | null | undefined;
      version: string;
      reason: ActivationFailed['reason'];
      detail: string;
    }
  /** What the topics and the heartbeats say, to be compared with what is wanted. */
  | { kind: 'reconcile'; observation: Observation }
  /** Time has passed, or an instance came or went. */
  | { kind: 'tick' }
  | { kind: 'accuracy-drop'; version: string; generation: number; detail: string }
  /** How the live version does since a drop, where that is worse than always giving the same answer. */
  | { kind: 'standing'; version: string; degraded: Degraded | null }
  /** `outcomes`: how many the canary has in all, so that the next step counts its own. */
  | (Command & { kind: 'canary-advance'; outcomes: number; won?: boolean })
  | (Command & { kind: 'canary-abort'; trigger: Trigger })
  /** Scores a version beside the live one, or none from now on. */
  | (Command & { kind: 'shadow'; version: string | null });

export type InputOf<K extends Input['kind']> = Extract<Input, { kind: K }>;
