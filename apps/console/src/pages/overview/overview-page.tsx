import { useState } from 'react';
import { ratchet } from '#contracts/command-line';
import type { ModelStatus } from '#contracts/http/models';
import { ModelActions } from '../../actions/model-actions.js';
import { RetrainDialog } from '../../actions/retrain-dialog.js';
import { useModel, useModels } from '../../api/queries.js';
import { Answer } from '../../components/answer.js';
import { Button } from '../../components/button.js';
import { Card } from '../../components/card.js';
import { Empty } from '../../components/notice.js';
import { count } from '../../format/numbers.js';
import { ForOperators } from '../../session/who-context.js';
import { healthOf } from '../../state/health.js';
import { InProgressCard } from '../in-progress.js';
import { PageHead } from '../page-head.js';
import { AlertList } from './alert-list.js';
import { Approval } from './approval.js';
import { Differences } from './differences.js';
import { Figures } from './figures.js';
import { Instances } from './instances.js';
import { LastDeployments } from './last-deployments.js';
import { LastRuns } from './last-runs.js';
import { Notifications } from './notifications.js';
import { RollOut } from './roll-out.js';
import { Shadow } from './shadow.js';

/** The state of one model in ten seconds. */
export function OverviewPage({ model }: { model: string }) {
  const query = useModel(model);
  return (
    <Answer query={query} lines={8} title={model}>
      {(status) => <Overview status={status} at={new Date(query.dataUpdatedAt)} />}
    </Answer>
  );
}

/** `at`: when it was so. An instance is silent that was silent then; what could not be asked since says nothing of it. */
function Overview({ status, at }: { status: ModelStatus; at: Date }) {
  const health = healthOf(status, at);
  const others = useModels().data?.filter(({ model }) => model !== status.model) ?? [];
  const open = status.alerts.filter(({ resolved_at }) => resolved_at === null);
  return (
    <>
      <PageHead
        title={status.model}
        lead={
          <p className={`health health-${health.tone}`} role="status">
            <span className="health-dot" aria-hidden="true" />
            {health.sentence}
          </p>
        }
        actions={<ModelActions status={status} />}
      />
      {open.length > 0 && <AlertList alerts={open} />}
      <Differences model={status.model} />
      <Approval status={status} />
      <RollOut status={status} />
      <Shadow status={status} />
      <InProgressCard title="In progress elsewhere" models={others} />
      {status.versions === 0 ? <NoVersion status={status} /> : <Figures status={status} />}
      <Instances status={status} at={at} />
      <div className="columns columns-even">
        <LastRuns model={status.model} />
        <LastDeployments model={status.model} />
      </div>
      <Notifications />
    </>
  );
}

/** The first thing a newcomer sees: what is missing, and what brings it. */
function NoVersion({ status }: { status: ModelStatus }) {
  const [open, setOpen] = useState(false);
  return (
    <Card title="Live version">
      <Empty title="No version yet">
        <p>
          The dataset holds {count(status.dataset_rows)} rows. Once there are enough for the model definition, a run
          trains the first version and it goes live if it beats always guessing the most common answer. Feedback comes
          from the topic <code>automation.outcomes</code> or from{' '}
          <code>npx {ratchet('import FILE', status.model)}</code>.
        </p>
        <ForOperators>
          <Button kind="primary" onClick={() => setOpen(true)}>
            Train the first version
          </Button>
          <RetrainDialog model={status.model} open={open} close={() => setOpen(false)} />
        </ForOperators>
      </Empty>
    </Card>
  );
}
