import { ratchet } from '#contracts/command-line';
import { useDatasetGrowth } from '../../api/queries.js';
import { Growth } from '../../charts/growth.js';
import { Answer } from '../../components/answer.js';
import { Card } from '../../components/card.js';
import { Empty } from '../../components/notice.js';
import { useNow } from '../../components/when.js';
import { count } from '../../format/numbers.js';
import { newThisWeek } from '../../state/growth.js';
import { PageHead } from '../page-head.js';
import { DeadLetters } from './dead-letters.js';
import { Features } from './features.js';
import { Incidents } from './incidents.js';
import { Sources } from './sources.js';

export function FeedbackPage({ model }: { model: string }) {
  const growth = useDatasetGrowth(model);
  const now = useNow();
  // Rows and growth of one answer, so that the one is never older than the other.
  const rows = growth.data?.at(-1)?.rows;
  return (
    <>
      <PageHead title="Feedback" lead={<p>What comes back from the automation, and the dataset it makes.</p>} />
      <Sources model={model} />
      <Incidents model={model} />
      <Card
        title="Dataset growth"
        aside={rows === undefined ? null : <span className="muted">{count(rows)} rows</span>}
      >
        <Answer query={growth} lines={5}>
          {(weeks) => {
            const last = weeks.at(-1);
            if (last === undefined)
              return (
                <Empty title="The dataset is empty">
                  <p>
                    It grows with every outcome on <code>automation.outcomes</code>. History comes in with{' '}
                    <code>npx {ratchet('import FILE', model)}</code>.
                  </p>
                </Empty>
              );
            return (
              <>
                <p className="growth-lead">
                  <strong>+{count(newThisWeek(last, now))}</strong> new rows this week, {count(last.rows)} in all
                </p>
                <Growth weeks={weeks} height={160} labelled />
                <details className="as-table">
                  <summary>As a table</summary>
                  <table className="table">
                    <thead>
                      <tr>
                        <th scope="col">Week of</th>
                        <th scope="col" className="number">
                          New rows
                        </th>
                        <th scope="col" className="number">
                          Rows in all
                        </th>
                      </tr>
                    </thead>
                    <tbody>
                      {weeks.toReversed().map(({ week, new_rows, rows: all }) => (
                        <tr key={week}>
                          <td>{week}</td>
                          <td className="number">{count(new_rows)}</td>
                          <td className="number">{count(all)}</td>
                        </tr>
                      ))}
                    </tbody>
                  </table>
                </details>
              </>
            );
          }}
        </Answer>
      </Card>
      {rows !== undefined && <Features key={model} model={model} rows={rows} />}
      <DeadLetters model={model} />
    </>
  );
}
