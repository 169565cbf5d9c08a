import { useDeployments } from '../../api/queries.js';
import { Answer } from '../../components/answer.js';
import { Card } from '../../components/card.js';
import { Empty } from '../../components/notice.js';
import { Link } from '../../routing/link.js';
import { DeploymentLine } from '../deployment-line.js';

const SHOWN = 5;

export function LastDeployments({ model }: { model: string }) {
  const query = useDeployments(model);
  return (
    <Card
      title="Last deployments"
      aside={
        <Link to={{ page: 'deployments', model }}>
          All<span className="visually-hidden"> deployments</span>
        </Link>
      }
    >
      <Answer query={query}>
        {(deployments) =>
          deployments.length === 0 ? (
            <Empty title="Nothing was deployed yet" />
          ) : (
            <ul className="lines">
              {deployments.slice(0, SHOWN).map((deployment) => (
                <DeploymentLine key={deployment.deployment_id} deployment={deployment} />
              ))}
            </ul>
          )
        }
      </Answer>
    </Card>
  );
}
