import type { Deployment } from './http/deployments.js';
import type { ModelStatus } from './http/models.js';
import type { RunningCanary } from './http/rollout.js';
import { morePeople } from './people.js';

/** Something that is under way in a model, and what is next. */
export interface InProgress {
  readonly model: string;
  readonly kind: 'roll-out' | 'rollback' | 'rehearsal' | 'canary' | 'trial' | 'consent';
  readonly from: string | null;
  readonly to: string;
  /** How far it is, in a few words. */
  readonly state: string;
  /** What comes next and what it waits for, in a sentence or two. */
  readonly next: string;
}

/**
 * What is under way in a model, in the words that the command line and the console share.
 *
 * @param canary what `getCanary` says of the model; null where it was not asked, or there is none
 */
export function inProgress(status: ModelStatus, canary: RunningCanary | null): InProgress[] {
  const { model, deployment } = status;
  const found: InProgress[] = [];
  if (deployment !== null && deployment.finished_at === null) {
    const change = { model, from: deployment.from_version, to: deployment.to_version };
    if (status.canary !== null) {
      const kind = canary?.trial ? 'trial' : 'canary';
      const state = `${status.canary.percent} % of the tasks`;
      found.push({
        ...change,
        kind,
        state,
        next: canary === null ? 'It goes on by its own steps.' : afterStep(canary),
      });
    } else found.push({ ...change, ...rollOut(deployment) });
  }
  const { approval } = status;
  if (approval) {
    const { version, needed, given } = approval;
    found.push({
      model,
      kind: 'consent',
      from: status.live?.version ?? null,
      to: version,
      state: `${given.length} of ${needed} consent`,
      next: `It is deployed once ${morePeople(needed - given.length)} consented.`,
    });
  }
  return found;
}

function afterStep({ plan, percent, next, reasons, trial }: RunningCanary): string {
  const why = reasons.join(' ');
  if (next === 'abort') return `It is taken back at the next look. ${why}`;
  if (trial)
    return next === 'advance'
      ? `It goes on at the next look. ${why}`
      : `It goes live or is taken back once that is certain. ${why}`;
  const share = plan.find((step) => step > percent) ?? 100;
  const then = share === 100 ? 'live' : `${share} %`;
  return next === 'advance' ? `Then ${then}, at the next look. ${why}` : `Then ${then}. ${why}`;
}

const KINDS = { deploy: 'roll-out', rollback: 'rollback', drill: 'rehearsal' } as const;

function rollOut({ kind, state, instances }: Deployment): Pick<InProgress, 'kind' | 'state' | 'next'> {
  const so = state === 'staging' ? ['loaded', 'activated'] : ['activated'];
  const done = instances.filter((each) => so.includes(each.state)).length;
  const share = `${done} of ${instances.length} instances`;
  if (state !== 'staging')
    return { kind: KINDS[kind], state: `${share} answer with it`, next: 'It is done when all of them do.' };
  const next =
    kind === 'drill' ? 'Nothing is changed by it.' : 'It goes on when all of them have: to its first step, or live.';
  return { kind: KINDS[kind], state: `${share} have loaded it`, next };
}
