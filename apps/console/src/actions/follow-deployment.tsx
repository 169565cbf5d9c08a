import type { CommandAccepted, Deployment } from '#contracts/http/deployments';
import { useDeployment } from '../api/queries.js';
import { Answer } from '../components/answer.js';
import { Button } from '../components/button.js';
import { milliseconds } from '../format/numbers.js';
import { Acknowledgements } from './acknowledgements.js';
import { ChangeOfVersion } from './change-of-version.js';

interface FollowDeploymentProps {
  model: string;
  accepted: CommandAccepted;
  close: () => void;
}

/** What happens after the command was taken, instance by instance, until it has ended. */
export function FollowDeployment({ model, accepted, close }: FollowDeploymentProps) {
  const query = useDeployment(model, accepted.deployment_id);
  return (
    <>
      <div className="modal-body">
        <ChangeOfVersion from={accepted.from_version} to={accepted.to_version} />
        <Answer query={query} lines={2}>
          {(deployment) => (
            <>
              <p role="status" className={`outcome outcome-${deployment.state}`}>
                {outcome(deployment)}
              </p>
              <Acknowledgements deployment={deployment} />
            </>
          )}
        </Answer>
        <p className="muted small">
          Generation {accepted.generation} · deployment <code>{accepted.deployment_id}</code>
        </p>
      </div>
      <footer className="modal-foot">
        <Button kind="primary" onClick={close}>
          {query.data?.finished_at ? 'Done' : 'Close and let it run'}
        </Button>
      </footer>
    </>
  );
}

function outcome(deployment: Deployment): string {
  const { state, to_version: to, instances } = deployment;
  const slowest = Math.max(0, ...instances.map(({ milliseconds: ms }) => ms ?? 0));
  switch (state) {
    case 'staging':
      return `Every instance loads and verifies ${to}.`;
    case 'canary':
      return `${to} answers a share of the tasks and goes on by itself. You can close this.`;
    case 'activating':
      return `Every instance switches to ${to}.`;
    case 'done':
      return `${to} is live on ${instances.length} of ${instances.length} instances after ${milliseconds(slowest)}.`;
    case 'failed':
      return deployment.failure ?? 'It was given up; the previous version is live.';
    case 'superseded':
      return deployment.failure ?? 'A later command took its place.';
  }
}
