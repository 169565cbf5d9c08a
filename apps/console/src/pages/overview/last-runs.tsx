import { useRuns } from '../../api/queries.js';
import { Answer } from '../../components/answer.js';
import { RunBadge, VerdictBadge } from '../../components/badge.js';
import { Card } from '../../components/card.js';
import { Empty } from '../../components/notice.js';
import { ProgressBar } from '../../components/progress-bar.js';
import { When } from '../../components/when.js';
import { Link } from '../../routing/link.js';

const SHOWN = 5;

export function LastRuns({ model }: { model: string }) {
  const query = useRuns(model);
  return (
    <Card title="Last runs" aside={<Link to={{ page: 'runs', model, run: null }}>All runs</Link>}>
      <Answer query={query}>
        {(runs) =>
          runs.length === 0 ? (
            <Empty title="No run yet" />
          ) : (
            <ul className="lines">
              {runs.slice(0, SHOWN).map((run) => (
                <li key={run.run_id} className="line">
                  <div className="line-main">
                    <Link to={{ page: 'runs', model, run: run.run_id }} className="strong">
                      {run.version ?? run.run_id.slice(0, 8)}
                    </Link>{' '}
                    <span className="muted">
                      {run.backend}, {run.trigger}
                    </span>
                    {run.state === 'running' && <ProgressBar label={run.message} value={run.progress} />}
                    {run.failure !== null && <p className="tone-bad small">{run.failure}</p>}
                  </div>
                  {run.verdict === null ? <RunBadge state={run.state} /> : <VerdictBadge verdict={run.verdict} />}
                  <span className="line-time muted">
                    <When at={run.finished_at ?? run.started_at ?? run.queued_at} />
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Answer>
    </Card>
  );
}
