import type { Deployment } from '#contracts/http/deployments';
import type { ModelStatus } from '#contracts/http/models';
import { Acknowledgements } from '../../actions/acknowledgements.js';
import { ChangeOfVersion } from '../../actions/change-of-version.js';
import { Card } from '../../components/card.js';
import { When } from '../../components/when.js';
import { Canary } from './canary.js';

const TITLES: Record<Deployment['kind'], string> = {
  deploy: 'Roll-out under way',
  rollback: 'Rollback under way',
  drill: 'Rehearsal under way',
};

/** A deployment or rollback that is under way; nothing when all is settled. */
export function RollOut({ status: { deployment, canary } }: { status: ModelStatus }) {
  if (deployment === null || deployment.finished_at !== null) return null;
  return (
    <Card
      title={TITLES[deployment.kind]}
      className="card-accent"
      aside={
        <span className="muted small">
          <When at={deployment.started_at} /> by {deployment.actor}
        </span>
      }
    >
      <div className="roll-out">
        <div className="roll-out-what">
          <ChangeOfVersion from={deployment.from_version} to={deployment.to_version} />
          <p className="muted">{deployment.reason}</p>
          {canary === null ? <Phase deployment={deployment} /> : <Canary model={deployment.model} />}
        </div>
        <Acknowledgements deployment={deployment} />
      </div>
    </Card>
  );
}

function Phase({ deployment: { state } }: { deployment: Deployment }) {
  return <p>{state === 'staging' ? 'Loading and verifying on every instance.' : 'Switching every instance.'}</p>;
}
