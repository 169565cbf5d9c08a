import { useDatasetGrowth, useModel } from '../../api/queries.js';
import { Growth } from '../../charts/growth.js';
import { Answer } from '../../components/answer.js';
import { Card } from '../../components/card.js';
import { Empty } from '../../components/notice.js';
import { count } from '../../format/numbers.js';
import { PageHead } from '../page-head.js';
import { DeadLetters } from './dead-letters.js';
import { Sources } from './sources.js';

export function FeedbackPage({ model }: { model: string }) {
  const growth = useDatasetGrowth(model);
  const rows = useModel(model).data?.dataset_rows;
  return (
    <>
      <PageHead title="Feedback" lead={<p>What comes back from the automation, and the dataset it makes.</p>} />
      <Sources model={model} />
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
                    <code>npx ratchet import FILE</code>.
                  </p>
                </Empty>
              );
            return (
              <>
                <p className="growth-lead">
                  <strong>+{count(last.new_rows)}</strong> new rows this week, {count(last.rows)} in all
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
      <DeadLetters model={model} />
    </>
  );
}
