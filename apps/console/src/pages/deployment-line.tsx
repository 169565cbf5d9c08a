import type { Deployment } from '#contracts/http/deployments';
import { Badge, DeploymentBadge } from '../components/badge.js';
import { When } from '../components/when.js';
import { milliseconds } from '../format/numbers.js';
import { Link } from '../routing/link.js';

const PREFIX: Record<Deployment['kind'], string> = {
  deploy: '',
  rollback: 'Back to ',
  drill: 'Rehearsal of going back to ',
};

/** A deployment or rollback in one entry: what, why, by whom, and how long the slowest instance took. */
export function DeploymentLine({ deployment }: { deployment: Deployment }) {
  const { model, kind, from_version: from, to_version: to, state, reason, actor, forced, started_at } = deployment;
  const times = deployment.instances.flatMap(({ milliseconds: ms }) => (ms === null ? [] : [ms]));
  return (
    <li className="line">
      <div className="line-main">
        <span className="strong">{PREFIX[kind]}</span>
        <Link to={{ page: 'version', model, version: to }} className="strong">
          {to}
        </Link>{' '}
        {from !== null && <span className="muted">from {from}</span>} {forced && <Badge tone="warn">forced</Badge>}
        <p className="muted small clamped" title={reason}>
          {reason} ({actor})
        </p>
        {deployment.failure !== null && <p className="tone-bad small">{deployment.failure}</p>}
      </div>
      {state === 'done' && times.length > 0 ? (
        <span className="muted small nowrap" title="Until the last instance acknowledged">
          {milliseconds(Math.max(...times))}
        </span>
      ) : (
        <DeploymentBadge state={state} />
      )}
      <span className="line-time muted">
        <When at={started_at} />
      </span>
    </li>
  );
}
