import { useEffect } from 'react';
import type { VersionDetail } from '#contracts/http/versions';
import { useDeploymentsOf, useModel, useVersion } from '../../api/queries.js';
import { Answer } from '../../components/answer.js';
import { VerdictBadge, VersionBadge } from '../../components/badge.js';
import { Card } from '../../components/card.js';
import { Facts } from '../../components/facts.js';
import { Empty } from '../../components/notice.js';
import { When } from '../../components/when.js';
import { count, percent, shortDigest } from '../../format/numbers.js';
import { Link } from '../../routing/link.js';
import { readdress } from '../../routing/use-route.js';
import { DeploymentLine } from '../deployment-line.js';
import { PageHead } from '../page-head.js';
import { Evaluation } from './evaluation.js';
import { LabelsCard } from './labels.js';
import { ReportButton } from './report-button.js';
import { VersionActions } from './version-actions.js';

export function VersionPage({ model, version }: { model: string; version: string }) {
  const query = useVersion(model, version);
  const status = useModel(model).data;
  const meant = query.data?.version ?? version;
  // An alias led here: it may mean another version tomorrow.
  useEffect(() => {
    if (meant !== version) readdress({ page: 'version', model, version: meant });
  }, [model, version, meant]);
  return (
    <Answer query={query} lines={10} title={version}>
      {(detail) => (
        <>
          <PageHead
            title={detail.version}
            mark={<VersionBadge state={detail.state} />}
            lead={
              <p>
                {detail.backend} on {count(detail.dataset_size)} rows, trained <When at={detail.created_at} />
                {status?.live && status.live.version !== detail.version && (
                  <>
                    {' · '}
                    <Link to={{ page: 'compare', model, from: status.live.version, to: detail.version }}>
                      compare with {status.live.version}, which is live
                    </Link>
                  </>
                )}
              </p>
            }
            actions={
              <>
                {detail.evaluation !== null && <ReportButton model={model} version={detail.version} />}
                {status && <VersionActions status={status} version={detail} />}
              </>
            }
          />
          <LabelsCard detail={detail} />
          {detail.evaluation === null ? (
            <>
              <NotJudged />
              <History model={model} version={detail.version} />
            </>
          ) : (
            <Evaluation evaluation={detail.evaluation} importance={detail.importance ?? null}>
              <History model={model} version={detail.version} />
            </Evaluation>
          )}
          <Metadata detail={detail} />
        </>
      )}
    </Answer>
  );
}

function NotJudged() {
  return (
    <Card title="Gate">
      <Empty title="Not judged yet">
        <p>
          The evaluator scores every new version against the live one on the same holdout rows. If this stays empty,
          look at the evaluator’s <code>/health/ready</code>.
        </p>
      </Empty>
    </Card>
  );
}

function Metadata({ detail }: { detail: VersionDetail }) {
  const { training_stats: stats } = detail;
  return (
    <Card title="Metadata">
      <Facts
        across
        facts={[
          [
            'Digest',
            <code key="digest" title={detail.digest}>
              {shortDigest(detail.digest)}
            </code>,
          ],
          [
            'Package',
            <code key="uri" className="break">
              {detail.artifact_uri}
            </code>,
          ],
          ['Created by', detail.created_by],
          ['Created', <When key="created" at={detail.created_at} />],
          [
            detail.state === 'live' ? 'Live since' : 'Last deployed',
            <Deployed key="deployed" at={detail.deployed_at} />,
          ],
          [
            'Run',
            detail.run_id === null ? (
              '–'
            ) : (
              <Link key="run" to={{ page: 'runs', model: detail.model, run: detail.run_id }}>
                <code>{detail.run_id.slice(0, 8)}</code>
              </Link>
            ),
          ],
          [
            'Rows',
            `${count(stats.n_train)} train, ${count(stats.n_validation)} validation, ${count(stats.n_test)} test`,
          ],
          ['Features', count(stats.n_features)],
          ['Rounds kept', count(stats.rounds)],
          ['Training accuracy', percent(stats.train_accuracy)],
          ['Validation accuracy', percent(stats.val_accuracy)],
          [
            'Classes',
            Object.entries(stats.class_counts)
              .map(([name, rows]) => `${name} ${count(rows)}`)
              .join(', '),
          ],
          ['Gate', <VerdictBadge key="verdict" verdict={detail.verdict} />],
        ]}
      />
    </Card>
  );
}

const Deployed = ({ at }: { at: string | null }) =>
  at === null ? <span className="muted">never</span> : <When at={at} />;

function History({ model, version }: { model: string; version: string }) {
  const query = useDeploymentsOf(model, version);
  return (
    <Card title={`What happened to ${version}`}>
      <Answer query={query}>
        {(deployments) =>
          deployments.length === 0 ? (
            <p className="muted">It was never deployed.</p>
          ) : (
            <ul className="lines">
              {deployments.map((deployment) => (
                <DeploymentLine key={deployment.deployment_id} deployment={deployment} />
              ))}
            </ul>
          )
        }
      </Answer>
    </Card>
  );
}
