import type { ReactNode } from 'react';
import type { Verdict } from '#contracts/events/evaluation';
import type { Deployment } from '#contracts/http/deployments';
import type { Run } from '#contracts/http/runs';
import type { VersionState } from '#contracts/http/versions';

export type BadgeTone = 'good' | 'warn' | 'bad' | 'accent' | 'plain';

/** A state in a word; its colour only repeats what the word says. */
export function Badge({ tone, children }: { tone: BadgeTone; children: ReactNode }) {
  return <span className={`badge badge-${tone}`}>{children}</span>;
}

const VERSION_TONES: Record<VersionState, BadgeTone> = {
  registered: 'plain',
  staged: 'accent',
  canary: 'accent',
  live: 'good',
  superseded: 'plain',
  'rolled-back': 'warn',
  rejected: 'plain',
  removed: 'plain',
};

export const VersionBadge = ({ state }: { state: VersionState }) => (
  <Badge tone={VERSION_TONES[state]}>{state === 'rolled-back' ? 'rolled back' : state}</Badge>
);

const VERDICT_TONES: Record<Verdict, BadgeTone> = { pass: 'good', fail: 'bad', inconclusive: 'warn', error: 'bad' };

/** The gate's word, or that it has not spoken yet. */
export const VerdictBadge = ({ verdict }: { verdict: Verdict | 'not-applicable' | null }) => {
  if (verdict === null) return <span className="muted">not judged yet</span>;
  if (verdict === 'not-applicable') return <span className="muted">not applicable</span>;
  return <Badge tone={VERDICT_TONES[verdict]}>{verdict}</Badge>;
};

const RUN_TONES: Record<Run['state'], BadgeTone> = {
  queued: 'plain',
  running: 'accent',
  done: 'good',
  unchanged: 'plain',
  failed: 'bad',
  cancelled: 'warn',
};

export const RunBadge = ({ state }: { state: Run['state'] }) => <Badge tone={RUN_TONES[state]}>{state}</Badge>;

const DEPLOYMENT_TONES: Record<Deployment['state'], BadgeTone> = {
  staging: 'accent',
  canary: 'accent',
  activating: 'accent',
  done: 'good',
  failed: 'bad',
  superseded: 'plain',
};

export const DeploymentBadge = ({ state }: { state: Deployment['state'] }) => (
  <Badge tone={DEPLOYMENT_TONES[state]}>{state}</Badge>
);
