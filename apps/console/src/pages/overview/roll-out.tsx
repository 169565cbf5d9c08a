import type { Deployment, ModelStatus } from '#contracts/http/registry';
import { Acknowledgements } from '../../actions/acknowledgements.js';
import { ChangeOfVersion } from '../../actions/change-of-version.js';
import { Card } from '../../components/card.js';
import { ProgressBar } from '../../components/progress-bar.js';
import { When } from '../../components/when.js';

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
          <Steps deployment={deployment} percent={canary?.percent ?? null} />
        </div>
        <Acknowledgements deployment={deployment} />
      </div>
    </Card>
  );
}

function Steps({ deployment: { state, to_version }, percent }: { deployment: Deployment; percent: number | null }) {
  if (percent !== null)
    return (
      <div className="canary">
        <p>
          <strong>{percent}&nbsp;%</strong> of the tasks go to {to_version}
        </p>
        <ProgressBar label={`Share of the tasks that ${to_version} answers`} value={percent / 100} />
      </div>
    );
  return <p>{state === 'staging' ? 'Loading and verifying on every instance.' : 'Switching every instance.'}</p>;
}
