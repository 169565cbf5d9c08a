import type { AlertName } from '#contracts/alerts';
import type { DeploymentFailed, DesiredState, RejectionCode } from '#contracts/events/deployment';
import type { Deployment } from '#contracts/http/deployments';
import type { Reconciliation } from '#contracts/http/reconciliation';
import type { VersionState } from '#contracts/http/versions';
import type { VersionRef } from '#contracts/primitives';
import type { DESIRED_STATE_TOPICS } from '#contracts/topics';
import type { ModelState } from './state.js';

export type DesiredStateTopic = (typeof DESIRED_STATE_TOPICS)[number];

/** What the shell does with a decision, all in one transaction. */
export type Effect =
  | { kind: 'desired-state'; topic: DesiredStateTopic; value: DesiredState }
  | { kind: 'deployment-failed'; value: DeploymentFailed }
  | { kind: 'deployment'; record: Deployment }
  /** What is live now is about to be left for something newer. */
  | { kind: 'backup'; deployment_id: string; ref: VersionRef; generation: number }
  | { kind: 'version-state'; version: string; state: VersionState }
  | { kind: 'audit'; action: string; actor: string; reason: string; before: unknown; after: unknown }
  /** What was found to differ from what was wanted, and what was done about it. */
  | { kind: 'reconciliation'; record: Reconciliation }
  | { kind: 'alert'; alert: AlertName; detail: string }
  | { kind: 'resolve-alert'; alert: AlertName };

/** Of the records of one deployment, only the last is worth writing. */
export function withLastRecords(effects: readonly Effect[]): Effect[] {
  const last = new Map<string, Effect>();
  for (const effect of effects) if (effect.kind === 'deployment') last.set(effect.record.deployment_id, effect);
  return effects.filter((effect) => effect.kind !== 'deployment' || last.get(effect.record.deployment_id) === effect);
}

/** The deployment that a command started, for whoever sent it. */
export interface StartedDeployment {
  deployment_id: string;
  generation: number;
  from_version: string | null;
  to_version: string;
}

export type Decision =
  | { kind: 'changed'; state: ModelState; effects: Effect[]; accepted: StartedDeployment | null }
  | { kind: 'rejected'; code: RejectionCode; detail: string; field: string | null }
  /** Nothing to do; `why` is for the log. */
  | { kind: 'unchanged'; why: string };

export const rejected = (code: RejectionCode, field: string | null, detail: string): Decision => ({
  kind: 'rejected',
  code,
  detail,
  field,
});

export const unchanged = (why: string): Decision => ({ kind: 'unchanged', why });
