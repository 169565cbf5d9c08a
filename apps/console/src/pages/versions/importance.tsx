import { Bars } from '../../charts/bars.js';
import { Card } from '../../components/card.js';
import { Empty } from '../../components/notice.js';
import { percent } from '../../format/numbers.js';

const SHOWN = 14;

/** What the trees look at most: gain of each column. */
export function Importance({ importance }: { importance: Readonly<Record<string, number>> | null }) {
  const largest = Object.entries(importance ?? {})
    .sort(([, a], [, b]) => b - a)
    .slice(0, SHOWN);
  return (
    <Card title="Importance">
      {largest.length === 0 ? (
        <Empty title="Not known here">
          <p>
            It is in <code>manifest.json</code> of the package.
          </p>
        </Empty>
      ) : (
        <Bars bars={largest.map(([name, value]) => ({ name, value, label: percent(value) }))} />
      )}
    </Card>
  );
}
